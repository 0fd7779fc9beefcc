#include "send_rules.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "ascii.hpp"
#include "html_sanitiser.hpp"
#include "unsubscribe_address.hpp"

namespace email {
namespace {

constexpr std::size_t most_receivers = 50;
constexpr std::size_t most_attachments = 20;
constexpr std::size_t largest_text = 1024UL * 1024UL;  // bytes of text and HTML together
constexpr std::size_t longest_name = 255;              // characters
constexpr std::size_t longest_type = 127;
constexpr auto unknown_type = "application/octet-stream";
constexpr std::size_t longest_subject = 250;  // characters
constexpr std::array<std::string_view, 5> statuses{"queued", "sending", "sent", "captured", "failed"};

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

using field_errors = std::vector<core::field_error>;

// As people type it or copy it from somewhere.
auto parse_typed(std::string_view address) {
    return core::parse_email_address(ascii::trimmed(address), core::domain_form::any);
}

// One address twice is one recipient, who is what it was named as first: nobody in `to` is hidden by a `bcc`.
void check_addresses(const char* field, recipient_kind kind, const std::vector<std::string>& addresses,
                     std::vector<recipient>& receivers, field_errors& errors) {
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        auto address = parse_typed(addresses[i]);
        if (!address)
            errors.push_back({std::string{field} + '[' + std::to_string(i) + ']', std::move(address.error())});
        else if (std::ranges::none_of(receivers, [&](const recipient& known) { return known.address == *address; }))
            receivers.push_back({.name = {}, .address = std::move(*address), .kind = kind});
    }
}

std::optional<std::string> from_base64(const std::string& text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    std::size_t size = 0;
    auto* const place = reinterpret_cast<unsigned char*>(bytes.data());
    if (::sodium_base642bin(place, bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                            sodium_base64_VARIANT_ORIGINAL) != 0)
        return std::nullopt;
    bytes.resize(size);
    return bytes;
}

std::vector<recipient> check_receivers(const send_email& request, field_errors& errors) {
    const std::vector<std::string> none;
    const auto& cc = request.cc ? *request.cc : none;
    const auto& bcc = request.bcc ? *request.bcc : none;
    std::vector<recipient> receivers;
    if (request.to.empty()) errors.push_back({"to", "At least one address is needed."});
    if (request.to.size() + cc.size() + bcc.size() > most_receivers)
        errors.push_back({"to", "At most 50 addresses are possible, with those of cc and bcc."});
    if (!errors.empty()) return receivers;
    check_addresses("to", recipient_kind::to, request.to, receivers, errors);
    check_addresses("cc", recipient_kind::cc, cc, receivers, errors);
    check_addresses("bcc", recipient_kind::bcc, bcc, receivers, errors);
    return receivers;
}

std::string check_reply_to(const send_email& request, field_errors& errors) {
    if (!request.reply_to) return {};
    auto address = parse_typed(*request.reply_to);
    if (address) return std::move(address->canonical);
    errors.push_back({"reply_to", std::move(address.error())});
    return {};
}

bool is_media_type(std::string_view type) {
    const auto slash = type.find('/');
    const auto is_name = [](std::string_view name) {
        return !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view{"!#$&-^_.+"}.contains(c);  // RFC 6838, section 4.2
        });
    };
    return type.size() <= longest_type && slash != std::string_view::npos && is_name(type.substr(0, slash)) &&
           is_name(type.substr(slash + 1));
}

// A reader would take it for more parts, or for another message.
bool is_of_parts(std::string_view type) {
    const auto kind = ascii::to_lower(type.substr(0, type.find('/')));
    return kind == "multipart" || kind == "message";
}

bool is_file_name(const std::string& name) {
    return is_header_text(name) && !name.empty() && characters(name) <= longest_name &&
           name.find_first_of("/\\") == std::string::npos;
}

std::vector<attached_file> check_attachments(const send_email& request, field_errors& errors) {
    std::vector<attached_file> files;
    if (!request.attachments) return files;
    if (request.attachments->size() > most_attachments)
        errors.push_back({"attachments", "At most 20 files are possible."});
    for (std::size_t i = 0; i < std::min(request.attachments->size(), most_attachments); ++i) {
        const auto& given = (*request.attachments)[i];
        const auto field = "attachments[" + std::to_string(i) + "].";
        auto type = given.type.value_or(unknown_type);
        auto content = from_base64(given.content);
        if (!is_file_name(given.name))
            errors.push_back({field + "name", "The name of a file: one line, at most 255 characters, no path."});
        if (!is_media_type(type) || is_of_parts(type))
            errors.push_back({field + "type", "A type such as application/pdf, without parameters."});
        if (!content) errors.push_back({field + "content", "This is no base64."});
        files.push_back({given.name, std::move(type), content ? std::move(*content) : std::string{}});
    }
    return files;
}

void check_subject(const std::string& subject, field_errors& errors) {
    if (!is_header_text(subject))
        errors.push_back({"subject", "A subject is one line of text without control characters."});
    else if (characters(subject) > longest_subject)
        errors.push_back({"subject", "A subject has at most 250 characters."});
    else if (subject.find_first_not_of(' ') == std::string::npos)
        errors.push_back({"subject", "A subject is needed."});
}

void check_body(const send_email& request, field_errors& errors) {
    if (!request.text && !request.html) errors.push_back({"text", "A text or HTML is needed."});
    if (request.text && !is_body_text(*request.text)) errors.push_back({"text", "This is not UTF-8 text."});
    if (request.html && !is_body_text(*request.html)) errors.push_back({"html", "This is not UTF-8 text."});
    if (request.text.value_or("").size() + request.html.value_or("").size() > largest_text)
        errors.push_back({request.html ? "html" : "text", "Text and HTML have at most 1 MiB together."});
}

std::optional<std::string> check_html(const send_email& request, field_errors& errors) {
    if (!request.html || !errors.empty()) return std::nullopt;
    auto clean = sanitise_html(*request.html);
    if (!clean)
        errors.push_back({"html", std::move(clean.error())});
    else if (clean->find_first_not_of(" \t\n") == std::string::npos && !request.text)
        errors.push_back(
            {"html", "Nothing to read is left without what mails may not have, such as scripts and forms."});
    return clean ? std::optional{std::move(*clean)} : std::nullopt;
}

void check_unsubscribe(const send_email& request, field_errors& errors) {
    if (request.list_unsubscribe && !is_unsubscribe_address(*request.list_unsubscribe))
        errors.push_back({"list_unsubscribe",
                          "An address such as https://example.org/leave?list=7 or "
                          "mailto:leave@example.org; other characters as %2C."});
}

void check_size(const checked_mail& mail, std::size_t largest, field_errors& errors) {
    std::size_t size = 0;
    for (const auto& file : mail.attachments) size += file.content.size();
    if (size > largest)
        errors.push_back(
            {"attachments", "The files are too large: at most " + std::to_string(largest) + " bytes together."});
}

}  // namespace

core::result<checked_mail> check(const send_email& request, std::size_t largest) {
    field_errors errors;
    checked_mail mail;
    mail.recipients = check_receivers(request, errors);
    mail.reply_to = check_reply_to(request, errors);
    check_unsubscribe(request, errors);
    check_subject(request.subject, errors);
    check_body(request, errors);
    mail.attachments = check_attachments(request, errors);
    check_size(mail, largest, errors);
    mail.html = check_html(request, errors);
    if (!errors.empty()) return core::invalid(std::move(errors));
    return mail;
}

core::result<void> check(const search_emails& request) {
    std::vector<core::field_error> errors;
    if (request.page < 1) errors.push_back({"page", "The first page is 1."});
    if (request.size < 1 || request.size > 100) errors.push_back({"size", "A page has 1 to 100 items."});
    if (request.status && std::ranges::find(statuses, *request.status) == statuses.end())
        errors.push_back({"status", "It is one of queued, sending, sent, captured, failed."});
    if (!errors.empty()) return core::invalid(std::move(errors));
    return {};
}

}  // namespace email
