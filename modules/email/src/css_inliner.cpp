#include "css_inliner.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "css.hpp"
#include "mustache_tags.hpp"

namespace email {
namespace {

bool is_text(const GumboNode& node) { return node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE; }

bool is_style_sheet(const GumboNode& node) {
    return is_element(node) && name_of(node) == "style" && attribute_of(node, "media").empty();
}

std::string text_in(const GumboNode& element) {
    std::string text;
    for (const auto* child : children_of(element))
        if (is_text(*child)) text += child->v.text.text;
    return text;
}

void collect_css(const GumboNode& element, std::string& css) {
    if (is_style_sheet(element)) css += text_in(element) + '\n';
    for (const auto* child : children_of(element))
        if (is_element(*child)) collect_css(*child, css);
}

// Later ones win, so a property that comes again is taken away where it stood before. The order stays: a `margin` that
// came after a `margin-top` still does.
std::string attribute_text(const std::vector<css_declaration>& declarations) {
    std::string text;
    for (auto one = declarations.begin(); one != declarations.end(); ++one) {
        const auto is_same = [&](const css_declaration& other) { return other.property == one->property; };
        if (std::any_of(std::next(one), declarations.end(), is_same)) continue;
        if (!text.empty()) text += ';';
        text += one->property + ':' + one->value;
    }
    return text;
}

// All that holds for an element, the weakest first (CSS Cascading Level 3, section 6.1).
std::string style_of(const GumboNode& element, const style_sheet& sheet) {
    std::multimap<int, const css_rule*> rules;  // those of one strength in the order of the sheet
    for (const auto& rule : sheet.rules)
        if (rule.selector.matches(element)) rules.emplace(rule.selector.specificity(), &rule);
    std::vector<css_declaration> declarations;
    std::vector<css_declaration> important;
    const auto add = [&](const std::vector<css_declaration>& more) {
        for (const auto& one : more) (one.is_important ? important : declarations).push_back(one);
    };
    for (const auto& [unused, rule] : rules) add(rule->declarations);
    add(parse_declarations(attribute_of(element, "style")));
    declarations.insert(declarations.end(), important.begin(), important.end());
    return attribute_text(declarations);
}

// The parser puts a tbody around rows that have none. Its start would be written within a section that begins with the
// first row, and its end outside of it.
bool is_implied_in_table(const GumboNode& element, std::string_view name) {
    return (element.parse_flags & GUMBO_INSERTION_IMPLIED) != 0 && name != "html" && name != "head" && name != "body";
}

class page_writer {
public:
    explicit page_writer(const style_sheet* sheet) : sheet_{sheet} {}

    void write(const GumboNode& node) {
        if (is_text(node))
            write_text(html_, node.v.text.text);
        else if (node.type == GUMBO_NODE_COMMENT)
            write_comment(node.v.text.text);
        else if (is_element(node))
            write_element(node);
    }
    [[nodiscard]] std::string take() { return std::move(html_); }

private:
    void write_comment(std::string_view text) {
        if (is_section_comment(text))
            html_ += text;
        else
            html_.append("<!--").append(text) += "-->";
    }

    void write_element(const GumboNode& element) {
        if (sheet_ != nullptr && is_style_sheet(element)) return write_kept();
        const auto name = name_of(element);
        if (is_implied_in_table(element, name)) return write_children(element);
        html_.append("<") += name;
        for (const auto* attribute : attributes_of(element)) {
            const std::string_view known{attribute->name};
            const bool is_needless = known == "class" && sheet_ != nullptr && sheet_->kept.empty();
            if (!is_needless && (sheet_ == nullptr || known != "style"))
                write_attribute(html_, known, attribute->value);
        }
        if (sheet_ != nullptr)
            if (const auto style = style_of(element, *sheet_); !style.empty()) write_attribute(html_, "style", style);
        html_ += '>';
        if (is_void_element(name)) return;
        // What is in these is not read as HTML, so nothing in it is escaped.
        if (name == "style" || name == "script")
            html_ += text_in(element);
        else
            write_children(element);
        html_.append("</").append(name) += '>';
    }

    void write_children(const GumboNode& element) {
        for (const auto* child : children_of(element)) write(*child);
    }

    void write_kept() {
        if (sheet_->kept.empty() || is_kept_written_) return;
        is_kept_written_ = true;
        html_ += "<style>\n" + sheet_->kept + "</style>";
    }

    const style_sheet* sheet_;
    std::string html_;
    bool is_kept_written_ = false;
};

}  // namespace

std::expected<std::string, std::string> inline_css(std::string_view page) {
    const auto tree = html_tree::parse(page, html_form::document);
    if (!tree) return std::unexpected{tree.error()};
    std::string css;
    collect_css(tree->root(), css);
    const auto sheet = parse_css(css);
    page_writer writer{&sheet};
    writer.write(tree->root());
    return "<!DOCTYPE html>\n" + writer.take() + "\n";
}

std::string write_html(const html_tree& tree) {
    page_writer writer{nullptr};
    writer.write(tree.root());
    return writer.take();
}

}  // namespace email
