#include "template_check.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "css_inliner.hpp"
#include "html_tree.hpp"
#include "mail_kinds.hpp"
#include "message.hpp"
#include "mustache_tags.hpp"

namespace email {
namespace {

constexpr std::size_t largest_file = 64UL * 1024UL;

bool has_tag(std::string_view text) { return text.contains("{{"); }

bool is_address(std::string_view attribute) {
    constexpr std::array<std::string_view, 12> names{"href", "src",  "srcset",   "action", "formaction", "cite",
                                                     "data", "ping", "longdesc", "poster", "background", "xlink:href"};
    return std::ranges::find(names, attribute) != names.end();
}

class checker {
public:
    checker(std::string_view file, std::string_view text, std::span<const std::string_view> known)
        : file_{file}, text_{text}, known_{known} {}

    std::vector<std::string> run() && {
        if (text_.size() > largest_file) {
            add(1, "the file is larger than 64 KiB");
        } else if (!is_body_text(text_)) {
            add(1, "the file is not UTF-8 text");
        } else if (const auto tags = read_tags(text_); !tags) {
            add(line_of(text_, tags.error().position), tags.error().text);
        } else {
            check_names(*tags);
            check_lines();
            if (problems_.empty() && file_.ends_with(".html")) check_html(*tags);
        }
        return std::move(problems_);
    }

private:
    void add(std::size_t line, const std::string& problem) {
        problems_.push_back(std::string{file_} + ':' + std::to_string(line) + ": " + problem);
    }

    void check_names(const std::vector<mustache_tag>& tags) {
        std::size_t contents = 0;
        for (const auto& tag : tags) {
            const auto line = line_of(text_, tag.position);
            if (tag.kind == tag_kind::unescaped) {
                if (file_ != layout_file || tag.name != "content" || ++contents > 1)
                    add(line, std::string{tag.text} + " would not be escaped; write two brackets" +
                                  (file_ == layout_file ? ". Only {{{content}}} has three, once" : ""));
            } else if (tag.kind != tag_kind::comment && std::ranges::find(known_, tag.name) == known_.end()) {
                add(line, std::string{tag.text} + " is not known here; " + list_of_known() + " are");
            }
        }
        if (file_ == layout_file && contents == 0) add(1, "{{{content}}} is missing: that is where a mail goes");
    }

    [[nodiscard]] std::string list_of_known() const {
        std::string list;
        for (const auto name : known_) list.append(list.empty() ? "" : ", ").append(name);
        return list;
    }

    void check_lines() {
        if (!file_.ends_with(".subject.txt") && !file_.ends_with(".reason.txt")) return;
        const auto end = text_.find_last_not_of("\r\n");
        if (end == std::string_view::npos) return add(1, "the file is empty");
        if (const auto at = text_.find('\n'); at < end) add(2, "the file has more than one line");
    }

    void check_html(const std::vector<mustache_tag>& tags) {
        const auto html = with_sections_as_comments(text_, tags);
        const auto tree = html_tree::parse(html, file_ == layout_file ? html_form::document : html_form::fragment);
        if (!tree) return add(1, tree.error());
        check_node(tree->root());
        if (problems_.empty()) check_that_none_is_lost(tags, write_html(*tree));
    }

    void check_node(const GumboNode& node) {
        if (!is_element(node)) return check_text(node);
        if (has_tag(name_of(node)))
            add(node.v.element.start_pos.line, "a value cannot be part of the name of an element");
        for (const auto* attribute : attributes_of(node)) check_attribute(*attribute);
        for (const auto* child : children_of(node)) check_node(*child);
    }

    void check_text(const GumboNode& node) {
        const std::string_view text{node.v.text.text};
        const auto line = node.v.text.start_pos.line;
        if (!has_tag(text)) return;
        if (node.type == GUMBO_NODE_COMMENT) {
            if (!is_section_comment(text)) add(line, "a value in a comment is shown to nobody");
            return;
        }
        const auto parent = name_of(*node.parent);
        if (parent == "style" || parent == "script")
            add(line, "a value cannot stand in a <" + std::string{parent} + ">: nothing escapes it there");
        if (text.contains("<!--{{")) add(line, "a section cannot stand in a <" + std::string{parent} + ">");
    }

    void check_attribute(const GumboAttribute& attribute) {
        const std::string name{attribute.name};
        const std::string_view value{attribute.value};
        const auto line = attribute.name_start.line;
        if (has_tag(name)) return add(line, "a value can stand in an attribute only within its quotation marks");
        if (!has_tag(value)) return;
        if (value.contains("<!--{{")) return add(line, "a section cannot stand within an attribute");
        if (name == "style" || name == "srcdoc" || name.starts_with("on"))
            return add(line, "a value cannot stand in " + name + "=\"…\": nothing escapes it there");
        if (!is_address(name)) return;
        for (const auto& tag : read_tags(value).value_or(std::vector<mustache_tag>{}))
            if (std::ranges::find(values_for_addresses, tag.name) == values_for_addresses.end())
                add(line, std::string{tag.text} + " cannot stand in " + name +
                              "=\"…\": it may hold any text, and so an address that runs something");
    }

    // What HTML does not know is left out when it is written anew, such as the second of two attributes of one name.
    void check_that_none_is_lost(const std::vector<mustache_tag>& tags, const std::string& written) {
        const auto left = read_tags(written);
        std::size_t i = 0;
        for (const auto& tag : tags) {
            if (tag.kind == tag_kind::comment) continue;
            if (!left || i == left->size() || (*left)[i++].text != tag.text)
                return add(line_of(text_, tag.position),
                           std::string{tag.text} +
                               " is lost when this is read as HTML; does a quotation mark or a "
                               "bracket lack before it?");
        }
    }

    std::string_view file_;
    std::string_view text_;
    std::span<const std::string_view> known_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> check_template(std::string_view file, std::string_view text,
                                        std::span<const std::string_view> known) {
    return checker{file, text, known}.run();
}

}  // namespace email
