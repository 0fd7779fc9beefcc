#include <algorithm>
#include <web/request.hpp>

#include "text.hpp"

namespace web {

const std::string* parameters::find(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &std::pair<std::string, std::string>::first);
    return found == all_.end() ? nullptr : &found->second;
}

std::string parameters::value_or_empty(std::string_view name) const {
    const auto* value = find(name);
    return value ? *value : std::string{};
}

std::string_view request::header(std::string_view name) const {
    for (const auto& field : fields)
        if (equals_ignoring_case(field.name, name)) return field.value;
    return {};
}

bool request::has_header(std::string_view name) const {
    return std::ranges::any_of(fields, [name](const field& f) { return equals_ignoring_case(f.name, name); });
}

std::optional<std::string_view> request::cookie(std::string_view name) const {
    for (const auto& field : fields) {
        if (!equals_ignoring_case(field.name, "cookie")) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            const auto pair = trim(rest.substr(0, end));
            if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
                return pair.substr(name.size() + 1);
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        }
    }
    return std::nullopt;
}

bool request::prefers_html() const {
    const std::string accepted = to_lower(header("accept"));
    const auto html = accepted.find("text/html");
    return html != std::string::npos && html < accepted.find("json");
}

}  // namespace web
