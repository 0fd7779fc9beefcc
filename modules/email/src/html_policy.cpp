#include "html_policy.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "ascii.hpp"

namespace email::html_policy {
namespace {

using namespace std::string_view_literals;
using check = bool (*)(std::string_view value);

constexpr std::array allowed_elements{
    "a"sv,     "abbr"sv,     "acronym"sv,    "address"sv, "article"sv, "aside"sv,  "b"sv,      "bdi"sv,
    "bdo"sv,   "big"sv,      "blockquote"sv, "br"sv,      "caption"sv, "center"sv, "cite"sv,   "code"sv,
    "col"sv,   "colgroup"sv, "dd"sv,         "del"sv,     "details"sv, "dfn"sv,    "div"sv,    "dl"sv,
    "dt"sv,    "em"sv,       "figcaption"sv, "figure"sv,  "h1"sv,      "h2"sv,     "h3"sv,     "h4"sv,
    "h5"sv,    "h6"sv,       "hgroup"sv,     "hr"sv,      "i"sv,       "img"sv,    "ins"sv,    "kbd"sv,
    "li"sv,    "mark"sv,     "ol"sv,         "p"sv,       "pre"sv,     "q"sv,      "rp"sv,     "rt"sv,
    "ruby"sv,  "s"sv,        "samp"sv,       "section"sv, "small"sv,   "span"sv,   "strike"sv, "strong"sv,
    "sub"sv,   "summary"sv,  "sup"sv,        "table"sv,   "tbody"sv,   "td"sv,     "tfoot"sv,  "th"sv,
    "thead"sv, "time"sv,     "tr"sv,         "tt"sv,      "u"sv,       "ul"sv,     "var"sv,    "wbr"sv};

constexpr std::array dropped_elements{"applet"sv,   "audio"sv,    "canvas"sv, "datalist"sv, "embed"sv,   "frame"sv,
                                      "frameset"sv, "head"sv,     "iframe"sv, "math"sv,     "noembed"sv, "noframes"sv,
                                      "noscript"sv, "object"sv,   "script"sv, "select"sv,   "style"sv,   "svg"sv,
                                      "template"sv, "textarea"sv, "title"sv,  "video"sv};

bool is_any(std::string_view /*value*/) { return true; }

bool is_number(std::string_view value) {
    return !value.empty() && value.size() <= 9 && std::ranges::all_of(value, ascii::is_digit);
}

// A number, or a percentage of what is around.
bool is_length(std::string_view value) {
    if (value.ends_with('%')) value.remove_suffix(1);
    return is_number(value);
}

bool is_word(std::string_view value) { return !value.empty() && std::ranges::all_of(value, ascii::is_letter); }

bool is_open(std::string_view value) { return value.empty() || value == "open"; }

bool is_list_type(std::string_view value) { return is_word(value) || value == "1"; }

bool is_language(std::string_view value) {
    return !value.empty() && ascii::is_letter(value.front()) &&
           std::ranges::all_of(value, [](char c) { return ascii::is_letter(c) || ascii::is_digit(c) || c == '-'; });
}

bool is_time(std::string_view value) {
    return !value.empty() && std::ranges::all_of(value, [](char c) {
        return ascii::is_digit(c) || ascii::is_letter(c) || "-+:. "sv.contains(c);
    });
}

// Browsers strip controls and blanks out of addresses, so that what is left may begin with another scheme.
bool is_address(std::string_view value, std::span<const std::string_view> beginnings) {
    if (std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
        return false;
    return std::ranges::any_of(beginnings, [value](std::string_view beginning) {
        return value.size() > beginning.size() && std::ranges::equal(value.substr(0, beginning.size()), beginning, {},
                                                                     [](char c) { return ascii::to_lower(c); });
    });
}

bool is_link(std::string_view value) {
    constexpr std::array beginnings{"http://"sv, "https://"sv, "mailto:"sv};
    return is_address(value, beginnings);
}

bool is_image(std::string_view value) {
    constexpr std::array beginnings{"http://"sv,
                                    "https://"sv,
                                    "data:image/png;base64,"sv,
                                    "data:image/jpeg;base64,"sv,
                                    "data:image/gif;base64,"sv,
                                    "data:image/webp;base64,"sv};
    return is_address(value, beginnings);
}

struct attribute_rule {
    std::string_view name;
    std::string_view elements;  // blanks around each; * is all
    check is_allowed;
};

constexpr auto table_parts = " table col colgroup thead tbody tfoot tr td th "sv;

constexpr std::array attribute_rules{attribute_rule{"dir", "*", is_word},
                                     attribute_rule{"lang", "*", is_language},
                                     attribute_rule{"title", "*", is_any},
                                     attribute_rule{"href", " a ", is_link},
                                     attribute_rule{"src", " img ", is_image},
                                     attribute_rule{"alt", " img ", is_any},
                                     attribute_rule{"cite", " blockquote q del ins ", is_link},
                                     attribute_rule{"datetime", " time del ins ", is_time},
                                     attribute_rule{"open", " details ", is_open},
                                     attribute_rule{"type", " ol ul li ", is_list_type},
                                     attribute_rule{"start", " ol ", is_number},
                                     attribute_rule{"value", " li ", is_number},
                                     attribute_rule{"width", " img table col colgroup td th ", is_length},
                                     attribute_rule{"height", " img table col colgroup td th ", is_length},
                                     attribute_rule{"align", table_parts, is_word},
                                     attribute_rule{"align", " img ", is_word},
                                     attribute_rule{"valign", table_parts, is_word},
                                     attribute_rule{"summary", " table ", is_any},
                                     attribute_rule{"border", " table img ", is_number},
                                     attribute_rule{"cellpadding", " table ", is_number},
                                     attribute_rule{"cellspacing", " table ", is_number},
                                     attribute_rule{"span", " col colgroup ", is_number},
                                     attribute_rule{"abbr", " td th ", is_any},
                                     attribute_rule{"scope", " td th ", is_word},
                                     attribute_rule{"colspan", " td th ", is_number},
                                     attribute_rule{"rowspan", " td th ", is_number}};

}  // namespace

bool allows(std::string_view element) { return std::ranges::find(allowed_elements, element) != allowed_elements.end(); }

bool drops_content(std::string_view element) {
    return std::ranges::find(dropped_elements, element) != dropped_elements.end();
}

std::optional<std::string> allowed_value(std::string_view element, std::string_view attribute, std::string_view value) {
    const auto is_for = [element](std::string_view elements) {
        return elements == "*" || elements.contains(' ' + std::string{element} + ' ');
    };
    const auto trimmed = ascii::trimmed(value);
    for (const auto& rule : attribute_rules)
        if (rule.name == attribute && is_for(rule.elements) && rule.is_allowed(trimmed)) return std::string{trimmed};
    return std::nullopt;
}

}  // namespace email::html_policy
