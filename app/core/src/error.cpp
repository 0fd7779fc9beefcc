#include <array>
#include <core/error.hpp>

namespace core {
namespace {

constexpr std::array<std::pair<error_kind, std::string_view>, 13> names{{
    {error_kind::invalid, "invalid"},
    {error_kind::not_found, "not_found"},
    {error_kind::conflict, "conflict"},
    {error_kind::denied, "denied"},
    {error_kind::unauthenticated, "unauthenticated"},
    {error_kind::gone, "gone"},
    {error_kind::precondition_failed, "precondition_failed"},
    {error_kind::no_handler, "no_handler"},
    {error_kind::overloaded, "overloaded"},
    {error_kind::limited, "limited"},
    {error_kind::storage_full, "storage_full"},
    {error_kind::timed_out, "timed_out"},
    {error_kind::remote, "remote"},
}};

}  // namespace

std::string_view to_string(error_kind kind) {
    for (const auto& [one, name] : names)
        if (one == kind) return name;
    return "remote";
}

std::optional<error_kind> parse_error_kind(std::string_view name) {
    for (const auto& [kind, known] : names)
        if (known == name) return kind;
    return std::nullopt;
}

}  // namespace core
