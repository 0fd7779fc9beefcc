#include "mustache_tags.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace email {
namespace {

constexpr std::size_t deepest_section = 8;

bool is_name(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char c) { return ascii::is_letter(c) || ascii::is_digit(c) || c == '_'; });
}

// The tag that begins at `at`, which is {{.
std::expected<mustache_tag, tag_problem> read_tag(std::string_view text, std::size_t at) {
    const bool is_unescaped = text.substr(at).starts_with("{{{");
    const std::string_view close = is_unescaped ? "}}}" : "}}";
    const auto begin = at + close.size();
    const auto end = text.find(close, begin);
    if (end == std::string_view::npos)
        return std::unexpected{tag_problem{at, std::string{text.substr(at, close.size())} + " has no end"}};
    mustache_tag tag{.name = ascii::trimmed(text.substr(begin, end - begin)),
                     .text = text.substr(at, end + close.size() - at),
                     .position = at};
    if (is_unescaped) {
        tag.kind = tag_kind::unescaped;
    } else if (tag.name.starts_with('!')) {
        tag.kind = tag_kind::comment;
        return tag;
    } else if (tag.name.starts_with('#') || tag.name.starts_with('^') || tag.name.starts_with('/')) {
        tag.kind = tag.name.starts_with('/') ? tag_kind::end : tag_kind::section;
        tag.name = ascii::trimmed(tag.name.substr(1));
    }
    if (is_name(tag.name)) return tag;
    return std::unexpected{
        tag_problem{at, std::string{tag.text.substr(0, 40)} +
                            " is none of {{name}}, {{#name}}, {{^name}}, {{/name}} and {{! comment }}"}};
}

std::expected<void, tag_problem> check_sections(const std::vector<mustache_tag>& tags) {
    std::vector<const mustache_tag*> open;
    const auto problem = [](const mustache_tag& tag, const char* text) {
        return std::unexpected{tag_problem{tag.position, std::string{tag.text} + text}};
    };
    for (const auto& tag : tags) {
        if (tag.kind == tag_kind::section) {
            open.push_back(&tag);
            if (open.size() > deepest_section) return problem(tag, " is within too many others; 8 is the most");
        } else if (tag.kind == tag_kind::end) {
            if (open.empty() || open.back()->name != tag.name)
                return problem(tag, " ends what was not the last to begin");
            open.pop_back();
        }
    }
    if (!open.empty()) return problem(*open.back(), " has no end");
    return {};
}

}  // namespace

std::expected<std::vector<mustache_tag>, tag_problem> read_tags(std::string_view text) {
    std::vector<mustache_tag> tags;
    for (auto at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
        auto tag = read_tag(text, at);
        if (!tag) return std::unexpected{std::move(tag.error())};
        at += tag->text.size();
        tags.push_back(*tag);
    }
    if (auto right = check_sections(tags); !right) return std::unexpected{std::move(right.error())};
    return tags;
}

std::size_t line_of(std::string_view text, std::size_t position) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, position), '\n'));
}

std::string with_sections_as_comments(std::string_view html, const std::vector<mustache_tag>& tags) {
    std::string result;
    std::size_t at = 0;
    for (const auto& tag : tags) {
        result += html.substr(at, tag.position - at);
        at = tag.position + tag.text.size();
        if (tag.kind == tag_kind::comment)
            result.append(static_cast<std::size_t>(std::ranges::count(tag.text, '\n')), '\n');
        else if (tag.kind == tag_kind::section || tag.kind == tag_kind::end)
            result.append("<!--").append(tag.text) += "-->";
        else
            result += tag.text;
    }
    return result += html.substr(at);
}

bool is_section_comment(std::string_view comment) {
    return comment.starts_with("{{#") || comment.starts_with("{{^") || comment.starts_with("{{/");
}

}  // namespace email
