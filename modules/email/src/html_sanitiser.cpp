#include "html_sanitiser.hpp"

#include "html_policy.hpp"
#include "html_tree.hpp"

namespace email {
namespace {

// One that closes its elements in order needs two; the rest are for what moves when a part is taken away.
constexpr int most_readings = 4;

// At most as deep as html_tree lets a tree be.
class clean_writer {
public:
    void write_children(const GumboNode& element) {
        for (const auto* child : children_of(element)) write(*child);
    }
    [[nodiscard]] std::string take() { return std::move(html_); }

private:
    void write(const GumboNode& node) {
        if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) write_text(html_, node.v.text.text);
        if (is_element(node)) write_element(node);
    }

    void write_element(const GumboNode& element) {
        const auto name = name_of(element);
        if (element.v.element.tag_namespace != GUMBO_NAMESPACE_HTML || html_policy::drops_content(name)) return;
        const auto start = start_tag(element, name);
        html_ += start;
        if (is_void_element(name)) return;
        const auto begin = html_.size();
        write_children(element);
        // A line end right after its tag is not part of it.
        if (name == "pre" && std::string_view{html_}.substr(begin).starts_with('\n')) html_.insert(begin, 1, '\n');
        if (!start.empty()) html_.append("</").append(name) += '>';
    }

    // Nothing for one that has to go, or would not do anything without the attribute that had to.
    static std::string start_tag(const GumboNode& element, std::string_view name) {
        if (!html_policy::allows(name)) return {};
        std::string attributes;
        bool has_target = name != "a" && name != "img";
        for (const auto* attribute : attributes_of(element)) {
            const auto value = html_policy::allowed_value(name, attribute->name, attribute->value);
            if (!value) continue;
            write_attribute(attributes, attribute->name, *value);
            has_target = has_target || attribute->name == std::string_view{name == "a" ? "href" : "src"};
        }
        if (!has_target) return {};
        if (name == "a") write_attribute(attributes, "rel", "nofollow");
        return '<' + std::string{name} + attributes + '>';
    }

    std::string html_;
};

}  // namespace

std::expected<std::string, std::string> sanitise_html(std::string_view html) {
    std::string last{html};
    for (int i = 0; i < most_readings; ++i) {
        const auto tree = html_tree::parse(last, html_form::fragment);
        if (!tree) return std::unexpected{tree.error()};
        clean_writer writer;
        writer.write_children(tree->root());
        auto clean = writer.take();
        if (clean == last) return clean;
        last = std::move(clean);
    }
    return std::unexpected{
        "The HTML means something else each time it is read: close its elements in the order in "
        "which they were opened."};
}

}  // namespace email
