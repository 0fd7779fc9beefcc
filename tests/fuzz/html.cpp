#include <algorithm>
#include <array>
#include <stdexcept>

#include "css_inliner.hpp"
#include "fuzz.hpp"
#include "html_policy.hpp"
#include "html_sanitiser.hpp"
#include "html_tree.hpp"
#include "message.hpp"
#include "templates.hpp"

// HTML: of callers, with a style sheet, and as a template. The first byte says which.
namespace {

using fuzz::claim;

void check_allowed(const GumboNode& node, bool is_root) {
    claim(node.type != GUMBO_NODE_COMMENT && node.type != GUMBO_NODE_TEMPLATE, "clean HTML is elements and text");
    if (!email::is_element(node)) return;
    const auto name = email::name_of(node);
    claim(is_root || email::html_policy::allows(name), "clean HTML has allowed elements only");
    for (const auto* attribute : email::attributes_of(node)) {
        const std::string_view key{attribute->name};
        const bool is_ours = key == "rel" && name == "a" && attribute->value == std::string_view{"nofollow"};
        claim(is_ours || email::html_policy::allowed_value(name, key, attribute->value) == attribute->value,
              "clean HTML has allowed attributes only");
    }
    for (const auto* child : email::children_of(node)) check_allowed(*child, false);
}

void check_cleaning(std::string_view html) {
    const auto clean = email::sanitise_html(html);
    if (!clean) return;
    claim(email::sanitise_html(*clean) == clean, "what is clean stays as it is");
    const auto tree = email::html_tree::parse(*clean, email::html_form::fragment);
    claim(tree.has_value(), "clean HTML can be read");
    check_allowed(tree->root(), true);
}

void check_inlining(std::string_view page) {
    const auto once = email::inline_css(page);
    if (!once) return;
    claim(once->starts_with("<!DOCTYPE html>\n<html"), "a page is a page");
}

std::size_t elements_in(std::string_view html) {
    const auto tree = email::html_tree::parse(html, email::html_form::document);
    claim(tree.has_value(), "a mail can be read");
    const auto count = [](const auto& self, const GumboNode& node) -> std::size_t {
        if (!email::is_element(node)) return 0;
        std::size_t sum = 1 + email::attributes_of(node).size();
        for (const auto* child : email::children_of(node)) sum += self(self, *child);
        return sum;
    };
    return count(count, tree->root());
}

void check_template(std::string_view text) {
    static const auto shipped = email::read_templates("");
    auto files = shipped;
    files["address_changed.html"] = text;
    try {
        email::template_set templates{files};
        const auto with = [&](const std::string& name) {
            return elements_in(templates.render("address_changed", {{"name", name}}).html);
        };
        claim(with("Ada") == with("<b title=x>\"' onclick=x {{link}}</b>-->"), "no value makes an element");
    } catch (const std::invalid_argument&) {
        return;  // refused when it is loaded
    }
}

constexpr std::array checks{check_cleaning, check_inlining, check_template};

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto check = checks[choose.below(checks.size())];
    // What is no text is refused before, where it comes in.
    if (email::is_body_text(choose.rest())) check(choose.rest());
}
