#include <algorithm>

#include "ascii.hpp"
#include "css.hpp"
#include "html_tree.hpp"

namespace email {
namespace {

bool is_name_character(char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t end_of_name(std::string_view text, std::size_t at) {
    while (at < text.size() && is_name_character(text[at])) ++at;
    return at;
}

bool has_class(std::string_view list, std::string_view name) {
    for (std::size_t at = 0; (at = list.find_first_not_of(ascii::blanks, at)) != std::string_view::npos;) {
        const auto end = std::min(list.find_first_of(ascii::blanks, at), list.size());
        if (list.substr(at, end - at) == name) return true;
        at = end;
    }
    return false;
}

}  // namespace

bool css_selector::read(std::string_view text) {
    bool is_child = false;
    for (std::size_t at = 0; (at = text.find_first_not_of(ascii::blanks, at)) != std::string_view::npos;) {
        if (text[at] == '>') {
            if (parts_.empty() || is_child) return false;
            is_child = true;
            ++at;
            continue;
        }
        const auto end = std::min(text.find_first_of(" \t\n\f\r>", at), text.size());
        compound part{.element = {}, .ids = {}, .classes = {}, .is_child = is_child};
        if (!read(text.substr(at, end - at), part)) return false;
        parts_.push_back(std::move(part));
        is_child = false;
        at = end;
    }
    return !parts_.empty() && !is_child;
}

bool css_selector::read(std::string_view text, compound& part) {
    auto at = text.starts_with('*') ? 1 : end_of_name(text, 0);
    if (!text.starts_with('*')) part.element = ascii::to_lower(text.substr(0, at));
    while (at < text.size()) {
        const auto end = end_of_name(text, at + 1);
        if ((text[at] != '.' && text[at] != '#') || end == at + 1) return false;
        (text[at] == '.' ? part.classes : part.ids).emplace_back(text.substr(at + 1, end - at - 1));
        at = end;
    }
    return !text.empty();
}

bool css_selector::matches(const GumboNode& element) const { return matches_up_to(parts_.size() - 1, element); }

bool css_selector::matches(const compound& part, const GumboNode& element) {
    return (part.element.empty() || part.element == name_of(element)) &&
           std::ranges::all_of(part.ids, [&](const auto& id) { return attribute_of(element, "id") == id; }) &&
           std::ranges::all_of(part.classes,
                               [&](const auto& name) { return has_class(attribute_of(element, "class"), name); });
}

bool css_selector::matches_up_to(std::size_t index, const GumboNode& element) const {
    const auto& part = parts_[index];
    if (!matches(part, element)) return false;
    if (index == 0) return true;
    for (const auto* parent = element.parent; parent != nullptr && is_element(*parent); parent = parent->parent) {
        if (matches_up_to(index - 1, *parent)) return true;
        if (part.is_child) return false;
    }
    return false;
}

int css_selector::specificity() const {
    constexpr int most = 100;
    int sum = 0;
    for (const auto& part : parts_)
        sum += (static_cast<int>(part.ids.size()) * most * most) + (static_cast<int>(part.classes.size()) * most) +
               (part.element.empty() ? 0 : 1);
    return sum;
}

}  // namespace email
