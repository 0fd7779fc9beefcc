#include "preconditions.hpp"

#include <charconv>
#include <string_view>

#include "text.hpp"

namespace web {
namespace {

// Only as etag_of() writes it: "01" is another tag than "1".
std::optional<std::int64_t> version_in(std::string_view tag) {
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (error != std::errc{} || end != tag.data() + tag.size() || std::to_string(version) != tag) return std::nullopt;
    return version;
}

// Takes the next tag from the front of a list, with its quotes; a comma may stand within them.
std::string_view take_tag(std::string_view& list) {
    const auto begin = list.find_first_not_of(" \t,");
    if (begin == std::string_view::npos) {
        list = {};
        return {};
    }
    list.remove_prefix(begin);
    const auto quote = list.starts_with("W/") ? 2UZ : 0UZ;
    auto end = list.find(',');
    if (list.substr(quote).starts_with('"')) {
        const auto closing = list.find('"', quote + 1);
        end = closing == std::string_view::npos ? closing : closing + 1;
    }
    const auto tag = list.substr(0, end);
    list.remove_prefix(tag.size());
    return trim(tag);
}

}  // namespace

std::string etag_of(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

std::optional<std::vector<std::int64_t>> versions_to_match(const request& request) {
    if (!request.has_header("if-match")) return std::nullopt;
    std::vector<std::int64_t> versions;
    for (const auto& field : request.fields) {
        if (!equals_ignoring_case(field.name, "if-match")) continue;
        std::string_view list = field.value;
        if (trim(list) == "*") return std::nullopt;
        for (auto tag = take_tag(list); !tag.empty(); tag = take_tag(list)) {
            const bool is_strong = tag.size() > 2 && tag.starts_with('"') && tag.ends_with('"');
            if (!is_strong) continue;
            if (const auto version = version_in(tag.substr(1, tag.size() - 2))) versions.push_back(*version);
        }
    }
    return versions;
}

}  // namespace web
