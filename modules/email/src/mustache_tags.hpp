#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace email {

enum class tag_kind : std::uint8_t {
    value,      // {{name}}
    unescaped,  // {{{name}}}
    section,    // {{#name}} or {{^name}}
    end,        // {{/name}}
    comment     // {{! … }}
};

struct mustache_tag {
    tag_kind kind = tag_kind::value;
    std::string_view name;
    std::string_view text;  // all of it
    std::size_t position = 0;
};

struct tag_problem {
    std::size_t position = 0;
    std::string text;
};

// The tags of a template in their order. There is less than in mustache: no includes, no other delimiters, and sections
// end in order and are at most 8 deep. So a template takes as many steps as it has tags.
[[nodiscard]] std::expected<std::vector<mustache_tag>, tag_problem> read_tags(std::string_view text);

// Of the character at `position`, from 1.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t position);

// For a parser of HTML: sections as comments of HTML, which stay where they are, also between the rows of a table;
// comments of mustache as the line ends in them. `tags`: those of `html`.
[[nodiscard]] std::string with_sections_as_comments(std::string_view html, const std::vector<mustache_tag>& tags);
// Whether it is one of these comments.
[[nodiscard]] bool is_section_comment(std::string_view comment);

}  // namespace email
