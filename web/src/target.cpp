#include "target.hpp"

#include <algorithm>

#include "text.hpp"

namespace web {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_escaped_slash(std::string_view path) {
    for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
        const auto escape = path.substr(at, 3);
        if (equals_ignoring_case(escape, "%2f") || equals_ignoring_case(escape, "%5c")) return true;
    }
    return false;
}

bool has_dot_segment(std::string_view path) {
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const auto segment = path.substr(0, path.find('/'));
        if (segment == "." || segment == "..") return true;
        path.remove_prefix(segment.size());
    }
    return false;
}

}  // namespace

std::optional<std::string_view> read_pairs(std::string_view text, std::size_t most, parameters& out) {
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (pair.empty()) continue;
        if (out.size() == most) return "There are too many parameters.";
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals), true);
        auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value) return "A parameter holds a broken escape.";
        if (!is_valid_utf8(*name) || !is_valid_utf8(*value)) return "A parameter is not UTF-8.";
        out.add(std::move(*name), std::move(*value));
    }
    return std::nullopt;
}

std::optional<std::string_view> read_target(request& request, std::size_t most_parameters) {
    const auto question = request.target.find('?');
    const auto path = request.target.substr(0, question);
    if (path.contains('#')) return "The address holds a fragment.";
    if (has_escaped_slash(path)) return "The path holds an escaped slash.";
    auto decoded = percent_decode(path, false);
    if (!decoded) return "The path holds a broken escape.";
    if (!is_valid_utf8(*decoded)) return "The path is not UTF-8.";
    if (std::ranges::any_of(*decoded, is_control) || decoded->contains('\\'))
        return "The path holds a character that no path has here.";
    if (decoded->starts_with('/') && has_dot_segment(*decoded)) return "The path holds \".\" or \"..\".";
    request.path = std::move(*decoded);
    if (question == std::string_view::npos) return std::nullopt;
    return read_pairs(request.target.substr(question + 1), most_parameters, request.query);
}

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        segments.emplace_back(path.substr(0, path.find('/')));
        path.remove_prefix(segments.back().size());
    }
    return segments;
}

}  // namespace web
