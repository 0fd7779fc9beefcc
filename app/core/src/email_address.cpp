#include <idn2.h>
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <core/email_address.hpp>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>

namespace core {
namespace {

constexpr std::size_t longest_address = 254;  // RFC 5321, section 4.5.3.1.3, less the angle brackets
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_domain = 253;

bool is_ascii_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// atext of RFC 5322, section 3.2.3.
bool is_atom_character(char c) { return is_alphanumeric(c) || std::string_view{"!#$%&'*+-/=?^_`{|}~"}.contains(c); }

// Takes one character off `text`; std::nullopt for what RFC 3629 does not allow (overlong, surrogate, cut off).
std::optional<char32_t> take_code_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xc2 && first < 0xe0 ? 2
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || text.size() < length) return std::nullopt;
    char32_t point = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0U) != 0x80U) return std::nullopt;
        point = point << 6U | (next & 0x3fU);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) return std::nullopt;
    text.remove_prefix(length);
    return point;
}

// What no reader can see or tell from something else: C1 controls, spaces, invisible and direction-changing characters,
// non-characters.
bool is_treacherous(char32_t point) {
    return (point >= 0x80 && point <= 0xa0) || point == 0xad || point == 0x1680 || point == 0x180e ||
           (point >= 0x2000 && point <= 0x200f) || (point >= 0x2028 && point <= 0x202f) ||
           (point >= 0x205f && point <= 0x206f) || point == 0x3000 || point == 0xfeff ||
           (point >= 0xfff0 && point <= 0xffff) || point >= 0xe0000;
}

bool is_local_part(std::string_view text) {
    bool after_dot = true;
    while (!text.empty()) {
        const char first = text.front();
        const auto point = take_code_point(text);
        if (!point) return false;
        if (*point == U'.') {
            if (after_dot) return false;
            after_dot = true;
            continue;
        }
        if (*point < 0x80 ? !is_atom_character(first) : is_treacherous(*point)) return false;
        after_dot = false;
    }
    return !after_dot;
}

// Letters, digits and inner hyphens; at most 63 bytes (RFC 5321, section 4.1.2 with RFC 1035, section 2.3.4).
bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view domain, domain_form form) {
    if (domain.size() > longest_domain) return false;
    std::string_view rest = domain;
    while (true) {
        const auto dot = rest.find('.');
        if (!is_label(rest.substr(0, dot))) return false;
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    // The last label of a name is never a number: what looks so is an IPv4 address.
    if (std::ranges::all_of(rest, [](char c) { return c >= '0' && c <= '9'; })) return false;
    return form == domain_form::any || rest.size() < domain.size();
}

std::optional<std::string> to_ascii_domain(std::string_view domain) {
    std::string text{domain};
    if (is_ascii_text(domain)) {
        std::ranges::transform(text, text.begin(), lower);
        // An A-label that stands for nothing is refused; one that stands for something passes as it is.
        if (!text.contains("xn--")) return text;
    }
    char* ascii = nullptr;
    if (::idn2_to_ascii_8z(text.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
    const std::unique_ptr<char, void (*)(void*)> owner{ascii, ::idn2_free};
    return std::string{ascii};
}

// The C library's simple case mapping, in a locale of its own: what the environment says must not change who is who.
std::string lower_case(std::string_view text) {
    static const ::locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    std::string lowered;
    while (!text.empty()) {
        const auto before = text;
        const auto point = take_code_point(text);
        const char32_t small = !point || *point < 0x80 || unicode == nullptr
                                   ? 0
                                   : static_cast<char32_t>(::towlower_l(static_cast<wint_t>(*point), unicode));
        if (!point) break;
        if (small == 0 || small == *point) {
            const auto bytes = before.substr(0, before.size() - text.size());
            std::ranges::transform(bytes, std::back_inserter(lowered), lower);
        } else if (small < 0x80) {
            lowered += static_cast<char>(small);
        } else if (small < 0x800) {
            lowered += {static_cast<char>(0xc0U | small >> 6U), static_cast<char>(0x80U | (small & 0x3fU))};
        } else if (small < 0x10000) {
            lowered += {static_cast<char>(0xe0U | small >> 12U), static_cast<char>(0x80U | (small >> 6U & 0x3fU)),
                        static_cast<char>(0x80U | (small & 0x3fU))};
        } else {
            lowered += {static_cast<char>(0xf0U | small >> 18U), static_cast<char>(0x80U | (small >> 12U & 0x3fU)),
                        static_cast<char>(0x80U | (small >> 6U & 0x3fU)), static_cast<char>(0x80U | (small & 0x3fU))};
        }
    }
    return lowered;
}

bool is_name(std::string_view name) {
    while (!name.empty()) {
        const auto point = take_code_point(name);
        if (!point || *point < 0x20 || *point == 0x7f || (*point >= 0x80 && *point < 0xa0)) return false;
    }
    return true;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// The words before the address: quoted (RFC 5322, section 3.2.4) or plain.
std::optional<std::string> unquoted(std::string_view text) {
    if (!text.starts_with('"')) {
        // What RFC 5322 calls specials must be quoted; a second address in the line is the usual reason that they are
        // not.
        if (text.find_first_of("\"<>()[]:;,@\\") != std::string_view::npos) return std::nullopt;
        return std::string{text};
    }
    if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
    std::string name;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return std::nullopt;
        if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
        name += text[i];
    }
    return name;
}

}  // namespace

bool email_address::is_ascii() const { return is_ascii_text(canonical); }

std::expected<email_address, std::string> parse_email_address(std::string_view text, domain_form form) {
    if (text.empty()) return std::unexpected{"An e-mail address is needed."};
    if (text.size() > longest_address) return std::unexpected{"An e-mail address has at most 254 bytes."};
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return std::unexpected{"An e-mail address has an @, as in ada@example.org."};
    const auto local = text.substr(0, at);
    const auto written_domain = text.substr(at + 1);
    if (local.size() > longest_local_part) return std::unexpected{"The part before the @ has at most 64 bytes."};
    if (!is_local_part(local)) return std::unexpected{"The part before the @ is not in a valid form."};
    const auto domain = written_domain.contains('\0') ? std::nullopt : to_ascii_domain(written_domain);
    if (!domain || !is_domain(*domain, form))
        return std::unexpected{"The part after the @ is not a valid domain name."};

    email_address address{.original = std::string{text}, .canonical = std::string{local} + '@' + *domain, .key = {}};
    if (address.canonical.size() > longest_address) return std::unexpected{"An e-mail address has at most 254 bytes."};
    address.key = lower_case(address.canonical);
    return address;
}

bool same_address(std::string_view a, std::string_view b) {
    const auto first = parse_email_address(a, domain_form::any);
    const auto second = parse_email_address(b, domain_form::any);
    return first && second && *first == *second;
}

std::expected<mailbox, std::string> parse_mailbox(std::string_view text) {
    text = trimmed(text);
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) {
        auto address = parse_email_address(text, domain_form::any);
        if (!address) return std::unexpected{std::move(address.error())};
        return mailbox{.name = {}, .address = std::move(*address)};
    }
    if (!text.ends_with('>'))
        return std::unexpected{"The address must end with >, as in Busbar <no-reply@example.org>."};
    auto name = unquoted(trimmed(text.substr(0, open)));
    if (!name || !is_name(*name)) return std::unexpected{"The name before the address is not in a valid form."};
    auto address = parse_email_address(text.substr(open + 1, text.size() - open - 2), domain_form::any);
    if (!address) return std::unexpected{std::move(address.error())};
    return mailbox{.name = std::move(*name), .address = std::move(*address)};
}

}  // namespace core
