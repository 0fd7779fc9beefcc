#include <algorithm>
#include <array>
#include <bus/operations.hpp>

#include "body.hpp"
#include "routes.hpp"

namespace web {
namespace {

// What logs in every process and is no module with deliveries of its own; here those of this process are meant.
constexpr std::array<std::string_view, 3> parts_of_process{"web", "bus", "app"};

bool is_part_of_process(std::string_view name) {
    return std::ranges::find(parts_of_process, name) != parts_of_process.end();
}

struct change {
    std::string module;
    std::optional<core::log_level> level{};  // none: as configured
};

// {"email":"DEBUG","web":null}. All of it is looked at before any of it is done.
std::expected<std::vector<change>, response> read_changes(const request& request, const operated_modules& operated) {
    const auto body = read_json(request);
    if (!body) return std::unexpected{body.error()};
    if (!body->is_object()) return std::unexpected{problem(422, "The body must be an object: levels by module.")};
    std::vector<change> changes;
    std::vector<core::field_error> errors;
    for (const auto& [module, value] : body->items()) {
        change one{module};
        if (value.is_string()) one.level = core::parse_log_level(value.get<std::string>());
        const bool is_level = one.level || value.is_null() || value == "default";
        if (!is_level)
            errors.push_back({module, "must be DEBUG, INFO, WARNING, ERROR, or null for what is configured"});
        if (!operated.knows(module) && !is_part_of_process(module)) errors.push_back({module, "is no module"});
        changes.push_back(std::move(one));
    }
    if (!errors.empty()) return std::unexpected{problem(core::invalid(std::move(errors)).error())};
    return changes;
}

}  // namespace

core::awaitable<response> logging_routes::levels(request& request) {
    const auto views = co_await operated_.ask_all(bus::get_log_level{}, request);
    if (!views) co_return problem(views.error());
    nlohmann::ordered_json levels;
    for (const auto& [module, view] : views->given) levels[module] = view.level;
    for (const auto part : parts_of_process) levels[std::string{part}] = core::to_string(logs_.level_of(part));
    co_return json(200, levels);
}

core::awaitable<response> logging_routes::set_levels(request& request) {
    const auto changes = read_changes(request, operated_);
    if (!changes) co_return changes.error();
    for (const auto& [module, level] : *changes) {
        if (is_part_of_process(module)) {
            logs_.set_level(module, level);
            continue;
        }
        bus::set_log_level wanted;
        if (level) wanted.level = std::string{core::to_string(*level)};
        const auto done = co_await operated_.ask(module, std::move(wanted), request);
        if (!done) co_return problem(done.error());
    }
    co_return co_await levels(request);
}

}  // namespace web
