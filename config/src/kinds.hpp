#pragma once

#include <algorithm>
#include <config/table.hpp>

// The kinds of values that the table uses: each takes text and gives a value in its range, or says what would be right.
namespace config {

template <auto Section, auto Member, auto Parse>
parsed<void> put(settings& values, std::string_view text) {
    auto value = Parse(text);
    if (!value) return std::unexpected{std::move(value.error())};
    values.*Section.*Member = std::move(*value);
    return {};
}

template <std::int64_t Least, std::int64_t Most>
parsed<std::uint32_t> whole(std::string_view text) {
    const auto number = parse_integer(text, Least, Most);
    if (!number) return std::unexpected{number.error()};
    return static_cast<std::uint32_t>(*number);
}

template <std::int64_t Least, std::int64_t Most>
parsed<std::optional<std::uint32_t>> whole_or_off(std::string_view text) {
    if (text == "off") return std::nullopt;
    auto number = whole<Least, Most>(text);
    if (!number) return std::unexpected{number.error() + ", or off"};
    return *number;
}

template <std::int64_t Least, std::int64_t Most>
parsed<std::optional<std::uint32_t>> whole_or_auto(std::string_view text) {
    if (text == "auto") return std::nullopt;
    auto number = whole<Least, Most>(text);
    if (!number) return std::unexpected{number.error() + ", or auto"};
    return *number;
}

// A duration of nothing would mean "at once, for ever" everywhere that it is used.
inline parsed<milliseconds> some_time(std::string_view text) {
    auto duration = parse_duration(text);
    if (duration && duration->count() == 0) return std::unexpected{"a duration above zero such as 250ms or 30s"};
    return duration;
}

inline parsed<std::optional<milliseconds>> some_time_or_off(std::string_view text) {
    if (text == "off") return std::nullopt;
    auto duration = some_time(text);
    if (!duration) return std::unexpected{duration.error() + ", or off"};
    return *duration;
}

template <std::size_t Least, std::size_t Most>
parsed<std::size_t> size_between(std::string_view text) {
    auto size = parse_size(text);
    if (size && (*size < Least || *size > Most)) {
        return std::unexpected{"a size from " + std::to_string(Least) + "B to " + std::to_string(Most >> 20) + "MiB"};
    }
    return size;
}

inline parsed<std::filesystem::path> directory(std::string_view text) {
    if (text.empty()) return std::unexpected{"the path of a directory"};
    return std::filesystem::path{text};
}

inline parsed<std::filesystem::path> path_or_nothing(std::string_view text) { return std::filesystem::path{text}; }

inline parsed<std::optional<host_port>> loopback_or_nothing(std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto address = parse_host_port(text);
    if (!address || !is_loopback(address->host))
        return std::unexpected{"a loopback host with a port such as 127.0.0.1:1025, or nothing"};
    return std::move(*address);
}

inline parsed<std::string> domain_or_nothing(std::string_view text) {
    if (text.empty()) return std::string{};
    const auto address = core::parse_email_address("postmaster@" + std::string{text});
    if (!address || text.contains('@')) return std::unexpected{"a domain such as example.org"};
    return std::string{address->domain()};
}

// Labels of a domain (RFC 6376, section 3.1).
inline parsed<std::string> selector_or_nothing(std::string_view text) {
    constexpr std::string_view rest = ".example";
    if (text.empty()) return std::string{};
    auto domain = domain_or_nothing(std::string{text} + std::string{rest});
    if (!domain) return std::unexpected{"a name of letters, digits and hyphens such as busbar or mail-2026"};
    return domain->substr(0, domain->size() - rest.size());
}

// The level of all, and behind it those of modules: info,email=debug.
inline parsed<core::log_levels> levels(std::string_view text) {
    core::log_levels found;
    for (bool is_first = true; is_first || !text.empty(); is_first = false) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const auto equals = is_first ? std::string_view::npos : part.find('=');
        const auto level = core::parse_log_level(equals == std::string_view::npos ? part : part.substr(equals + 1));
        if (!level || (!is_first && (equals == std::string_view::npos || equals == 0)))
            return std::unexpected{"debug, info, warning or error, and behind it those of modules: info,email=debug"};
        if (is_first)
            found.all = *level;
        else
            found.own[std::string{part.substr(0, equals)}] = *level;
    }
    return found;
}

inline parsed<std::optional<core::log_format>> format(std::string_view text) {
    if (text == "auto") return std::nullopt;
    if (text == "text") return core::log_format::text;
    if (text == "json") return core::log_format::json;
    return std::unexpected{"text, json, or auto (text on a terminal, else json)"};
}

}  // namespace config
