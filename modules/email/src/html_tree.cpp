#include "html_tree.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <utility>
#include <vector>

namespace email {
namespace {

constexpr std::size_t most_allocations = 100'000;  // about twelve an element, two an attribute
constexpr std::size_t most_bytes = 64UL * 1024UL * 1024UL;
constexpr std::size_t deepest = 256;

template <class T>
std::span<const T* const> items_of(const GumboVector& vector) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): Gumbo's vectors hold void*
    return {reinterpret_cast<const T* const*>(vector.data), vector.length};
}

bool is_too_deep(const GumboNode& root) {
    std::vector<std::pair<const GumboNode*, std::size_t>> waiting{{&root, 0}};
    while (!waiting.empty()) {
        const auto [node, depth] = waiting.back();
        waiting.pop_back();
        if (depth > deepest) return true;
        if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) continue;
        for (const auto* child : children_of(*node)) waiting.emplace_back(child, depth + 1);
    }
    return false;
}

void write_escaped(std::string& html, std::string_view text, bool is_quoted) {
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += is_quoted ? "&quot;" : "\"";
                break;
            case '\r':  // bare, it would be read as a line end
                html += "&#13;";
                break;
            default:
                html += c;
        }
    }
}

}  // namespace

// All that Gumbo allocates for one tree, freed as a whole: Gumbo's own way to free a tree is recursive, and as deep as
// the tree.
class html_tree::memory {
public:
    // Gumbo does not expect to be given nothing, so this throws, through functions in C that hold nothing but this
    // memory. The ABI of x86-64 makes every function one that can be left in this way.
    static void* allocate(void* self, std::size_t size) {
        auto& memory = *static_cast<html_tree::memory*>(self);
        if (memory.allocations_left_ == 0 || size > memory.bytes_left_) throw std::bad_alloc{};
        --memory.allocations_left_;
        memory.bytes_left_ -= size;
        return memory.pool_.allocate(std::max<std::size_t>(size, 1));
    }

    static void deallocate(void* /*self*/, void* /*place*/) {}

private:
    std::pmr::monotonic_buffer_resource pool_;
    std::size_t allocations_left_ = most_allocations;
    std::size_t bytes_left_ = most_bytes;
};

html_tree::html_tree(std::unique_ptr<memory> memory, const GumboNode* root) noexcept
    : memory_{std::move(memory)}, root_{root} {}

html_tree::html_tree(html_tree&&) noexcept = default;
html_tree& html_tree::operator=(html_tree&&) noexcept = default;
html_tree::~html_tree() = default;

std::expected<html_tree, std::string> html_tree::parse(std::string_view html, html_form form) {
    auto memory = std::make_unique<html_tree::memory>();
    auto options = kGumboDefaultOptions;
    options.allocator = &memory::allocate;
    options.deallocator = &memory::deallocate;
    options.userdata = memory.get();
    options.max_errors = 0;
    if (form == html_form::fragment) options.fragment_context = GUMBO_TAG_BODY;
    try {
        const auto* output = ::gumbo_parse_with_options(&options, html.data(), html.size());
        if (is_too_deep(*output->root))
            return std::unexpected{"The HTML is nested too deeply: at most 256 elements can stand within each other."};
        return html_tree{std::move(memory), output->root};
    } catch (const std::bad_alloc&) {
        return std::unexpected{"The HTML has too many elements: about 8,000 are possible."};
    }
}

bool is_element(const GumboNode& node) { return node.type == GUMBO_NODE_ELEMENT; }

std::span<const GumboNode* const> children_of(const GumboNode& element) {
    return items_of<GumboNode>(element.v.element.children);
}

std::span<const GumboAttribute* const> attributes_of(const GumboNode& element) {
    return items_of<GumboAttribute>(element.v.element.attributes);
}

std::string_view name_of(const GumboNode& element) {
    if (element.v.element.tag != GUMBO_TAG_UNKNOWN) return ::gumbo_normalized_tagname(element.v.element.tag);
    auto name = element.v.element.original_tag;
    ::gumbo_tag_from_original_text(&name);
    return {name.data, name.length};
}

std::string_view attribute_of(const GumboNode& element, const char* name) {
    const auto* attribute = ::gumbo_get_attribute(&element.v.element.attributes, name);
    return attribute == nullptr ? std::string_view{} : attribute->value;
}

void write_text(std::string& html, std::string_view text) { write_escaped(html, text, false); }

void write_attribute(std::string& html, std::string_view name, std::string_view value) {
    html += ' ';
    html += name;
    html += "=\"";
    write_escaped(html, value, true);
    html += '"';
}

bool is_void_element(std::string_view name) {
    constexpr std::array<std::string_view, 14> names{"area",  "base", "br",   "col",   "embed",  "hr",    "img",
                                                     "input", "link", "meta", "param", "source", "track", "wbr"};
    return std::ranges::find(names, name) != names.end();
}

}  // namespace email
