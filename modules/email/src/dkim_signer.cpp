#include "dkim_signer.hpp"

#include <algorithm>
#include <core/email_address.hpp>
#include <core/exit.hpp>
#include <email/dkim.hpp>

#include "dkim_canonical.hpp"

namespace email {
namespace {

// What a reader sees, and what says how the body is to be read.
constexpr std::string_view fields_to_sign[] = {"From",
                                               "To",
                                               "Cc",
                                               "Reply-To",
                                               "Subject",
                                               "Date",
                                               "Message-ID",
                                               "MIME-Version",
                                               "Content-Type",
                                               "Content-Transfer-Encoding",
                                               "List-Unsubscribe",
                                               "List-Unsubscribe-Post",
                                               "Auto-Submitted"};
constexpr std::size_t longest_line = 72;

// Each as often as it is there and once more: so nobody can add another one, which some readers would show.
std::vector<std::string_view> names_to_sign(const std::vector<std::string_view>& fields) {
    std::vector<std::string_view> names;
    for (const auto name : fields_to_sign) {
        const auto count =
            std::ranges::count_if(fields, [name](std::string_view field) { return same_name(name_of(field), name); });
        if (count > 0) names.insert(names.end(), static_cast<std::size_t>(count) + 1, name);
    }
    return names;
}

// `h=From:To:…;`, in lines.
std::string names_tag(const std::vector<std::string_view>& names) {
    std::string tag = " h=";
    std::size_t length = tag.size();
    for (const auto name : names) {
        if (length + name.size() > longest_line) {
            tag += "\r\n  ";
            length = 2;
        }
        tag += std::string{name} + ':';
        length += name.size() + 1;
    }
    tag.back() = ';';
    return tag + "\r\n";
}

std::string folded(std::string_view base64) {
    std::string lines;
    for (; base64.size() > longest_line; base64.remove_prefix(longest_line))
        lines += std::string{base64.substr(0, longest_line)} + "\r\n  ";
    return lines + std::string{base64};
}

std::string domain_for(const settings& settings) {
    if (!settings.dkim->domain.empty()) return settings.dkim->domain;
    const auto from = core::parse_email_address(settings.from_address);
    if (from) return std::string{from->domain()};
    throw core::fatal_error{core::exit_code::configuration,
                            "email.dkim_domain is missing, and " + settings.from_address +
                                " in email.from has no domain that others could look up; give the domain that signs, "
                                "such as example.org"};
}

}  // namespace

std::string signed_fields(std::string_view message, const std::vector<std::string_view>& names,
                          std::string_view signature_field) {
    auto fields = fields_of(message);
    std::string result;
    for (const auto name : names) {
        const auto last = std::ranges::find_if(
            fields.rbegin(), fields.rend(), [name](std::string_view field) { return same_name(name_of(field), name); });
        if (last == fields.rend()) continue;
        result += relaxed_field(*last) + "\r\n";
        *last = {};
    }
    return result + relaxed_field(signature_field);
}

dkim_signer::dkim_signer(dkim_key key, std::string domain, std::string selector)
    : key_{std::move(key)}, domain_{std::move(domain)}, selector_{std::move(selector)} {}

std::string dkim_signer::sign(std::string_view message, core::timestamp now) const {
    const auto names = names_to_sign(fields_of(message));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    auto field = "DKIM-Signature: v=1; a=" + std::string{key_.kind()} + "-sha256; c=relaxed/relaxed;\r\n d=" + domain_ +
                 "; s=" + selector_ + "; t=" + std::to_string(seconds) + ";\r\n" + names_tag(names) +
                 " bh=" + sha256(relaxed_body(body_of(message))) + ";\r\n b=";
    field += folded(key_.sign(signed_fields(message, names, field)));
    return field + "\r\n";
}

std::optional<dkim_signer> make_dkim_signer(const settings& settings) {
    if (!settings.dkim) return std::nullopt;
    return dkim_signer{dkim_key{settings.dkim->key_file}, domain_for(settings), settings.dkim->selector};
}

dkim_record dkim_record_for(const settings& settings) {
    const auto signer = make_dkim_signer(settings);
    return {.name = signer->selector() + "._domainkey." + signer->domain(),
            .text = "v=DKIM1; k=" + std::string{signer->key().kind()} + "; p=" + signer->key().public_key()};
}

}  // namespace email
