#pragma once

#include <gumbo.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace email {

enum class html_form : std::uint8_t {
    document,  // a page of its own; what it lacks of html, head and body is added
    fragment   // what may stand in a body
};

// HTML as a browser understands it: a tree of Gumbo's, which says of every text where it belongs and never fails.
//
// It is bounded, since the time that the rules of HTML ask for grows with the square of what they are given in the
// worst case: about 8,000 elements, 256 of them within each other. What has more is refused with a sentence for whoever
// wrote it. Any thread. The text outlives the tree.
class html_tree {
public:
    [[nodiscard]] static std::expected<html_tree, std::string> parse(std::string_view html, html_form form);
    html_tree(html_tree&&) noexcept;
    html_tree& operator=(html_tree&&) noexcept;
    ~html_tree();

    // The element html. Of a fragment it is only what encloses it.
    [[nodiscard]] const GumboNode& root() const noexcept { return *root_; }

private:
    class memory;
    html_tree(std::unique_ptr<memory> memory, const GumboNode* root) noexcept;

    std::unique_ptr<memory> memory_;
    const GumboNode* root_;
};

// How to go through it.
[[nodiscard]] bool is_element(const GumboNode& node);
[[nodiscard]] std::span<const GumboNode* const> children_of(const GumboNode& element);
[[nodiscard]] std::span<const GumboAttribute* const> attributes_of(const GumboNode& element);
// In small letters, as far as HTML knows it; else as it was written.
[[nodiscard]] std::string_view name_of(const GumboNode& element);
// Empty when there is none.
[[nodiscard]] std::string_view attribute_of(const GumboNode& element, const char* name);

// How to write it: what is read again is the same text, and nothing else.
void write_text(std::string& html, std::string_view text);
void write_attribute(std::string& html, std::string_view name, std::string_view value);
// An element without content, such as br: it has no end tag.
[[nodiscard]] bool is_void_element(std::string_view name);

}  // namespace email
