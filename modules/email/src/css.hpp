#pragma once

#include <gumbo.h>

#include <string>
#include <string_view>
#include <vector>

namespace email {

struct css_declaration {
    std::string property;  // in small letters
    std::string value;
    bool is_important = false;
};

// Elements, classes and ids, combined by descent: `table.card > td a`. What it does not understand is no selector.
class css_selector {
public:
    // Whether all of it was understood; only then the rest may be asked.
    [[nodiscard]] bool read(std::string_view text);
    [[nodiscard]] bool matches(const GumboNode& element) const;
    // Larger is stronger (Selectors Level 3, section 9).
    [[nodiscard]] int specificity() const;

private:
    struct compound {
        std::string element;  // in small letters; empty is any
        std::vector<std::string> ids;
        std::vector<std::string> classes;
        bool is_child = false;  // of what stands before it, or anywhere within that
    };

    static bool read(std::string_view text, compound& part);
    static bool matches(const compound& part, const GumboNode& element);
    [[nodiscard]] bool matches_up_to(std::size_t index, const GumboNode& element) const;

    std::vector<compound> parts_;  // the element that is meant is the last
};

struct css_rule {
    css_selector selector;
    std::vector<css_declaration> declarations;
};

// What can be said at the elements, in the order of the style sheet, and the text of what cannot: rules for media,
// other rules that begin with @, and selectors such as a:hover.
struct style_sheet {
    std::vector<css_rule> rules;
    std::string kept;
};

// Never fails: what is no rule is kept as it is.
[[nodiscard]] style_sheet parse_css(std::string_view css);
// Those of a style attribute.
[[nodiscard]] std::vector<css_declaration> parse_declarations(std::string_view text);

}  // namespace email
