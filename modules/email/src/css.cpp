#include "css.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace email {
namespace {

// Where the quotation that begins at `at` ends.
std::size_t end_of_quotation(std::string_view css, std::size_t at) {
    const char mark = css[at];
    for (++at; at < css.size() && css[at] != mark; ++at)
        if (css[at] == '\\') ++at;
    return std::min(at, css.size());
}

// The first of `stops` that stands outside of quotations, parentheses and brackets; the end when there is none.
std::size_t find_outside(std::string_view css, std::string_view stops, std::size_t at) {
    int depth = 0;
    for (; at < css.size(); ++at) {
        const char c = css[at];
        if (c == '"' || c == '\'')
            at = end_of_quotation(css, at);
        else if (depth == 0 && stops.contains(c))
            return at;
        else if (c == '(' || c == '[')
            ++depth;
        else if ((c == ')' || c == ']') && depth > 0)
            --depth;
    }
    return css.size();
}

// A blank for each, so that what stood around it does not become one word.
std::string without_comments(std::string_view css) {
    std::string result;
    for (std::size_t at = 0; at < css.size(); ++at) {
        if (css.substr(at).starts_with("/*")) {
            const auto end = css.find("*/", at + 2);
            result += ' ';
            if (end == std::string_view::npos) break;
            at = end + 1;
        } else if (css[at] == '"' || css[at] == '\'') {
            const auto end = end_of_quotation(css, at);
            result += css.substr(at, end - at + 1);
            at = end;
        } else {
            result += css[at];
        }
    }
    return result;
}

std::vector<std::string_view> split_outside(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = find_outside(text, separator, at);
        if (const auto part = ascii::trimmed(text.substr(at, end - at)); !part.empty()) parts.push_back(part);
        at = end + 1;
    }
    return parts;
}

// Where the block whose brace opens at `open` ends, with the blocks in it.
std::size_t end_of_block(std::string_view css, std::size_t open) {
    int depth = 0;
    for (auto at = open; at < css.size(); at = find_outside(css, "{}", at + 1)) {
        depth += css[at] == '{' ? 1 : -1;
        if (depth == 0) return at;
    }
    return css.size();
}

void keep(style_sheet& sheet, std::string_view rule) { sheet.kept.append(ascii::trimmed(rule)) += '\n'; }

void add_rule(style_sheet& sheet, std::string_view selectors, std::string_view block) {
    std::string others;
    for (const auto text : split_outside(selectors, ",")) {
        css_selector selector;
        if (selector.read(text))
            sheet.rules.push_back({std::move(selector), parse_declarations(block)});
        else
            others.append(others.empty() ? "" : ", ").append(text);
    }
    if (!others.empty()) keep(sheet, others + " {" + std::string{block} + "}");
}

}  // namespace

std::vector<css_declaration> parse_declarations(std::string_view text) {
    std::vector<css_declaration> declarations;
    for (const auto part : split_outside(text, ";")) {
        const auto colon = part.find(':');
        if (colon == std::string_view::npos) continue;
        css_declaration one{.property = ascii::to_lower(ascii::trimmed(part.substr(0, colon))), .value = {}};
        auto value = ascii::trimmed(part.substr(colon + 1));
        if (const auto mark = value.rfind('!');
            mark != std::string_view::npos && ascii::to_lower(ascii::trimmed(value.substr(mark + 1))) == "important") {
            one.is_important = true;
            value = ascii::trimmed(value.substr(0, mark));
        }
        one.value = value;
        if (!one.property.empty() && !one.value.empty()) declarations.push_back(std::move(one));
    }
    return declarations;
}

style_sheet parse_css(std::string_view text) {
    const auto css = without_comments(text);
    const std::string_view view{css};
    style_sheet sheet;
    for (auto at = view.find_first_not_of(ascii::blanks); at < view.size();
         at = view.find_first_not_of(ascii::blanks, at)) {
        const bool is_at_rule = view[at] == '@';
        const auto open = find_outside(view, is_at_rule ? "{;" : "{", at);
        const bool has_block = open < view.size() && view[open] == '{';
        const auto close = has_block ? end_of_block(view, open) : open;
        if (is_at_rule || close == view.size())
            keep(sheet, view.substr(at, close - at + 1));
        else
            add_rule(sheet, view.substr(at, open - at), view.substr(open + 1, close - open - 1));
        at = close + 1;
    }
    return sheet;
}

}  // namespace email
