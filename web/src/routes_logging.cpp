#include <logging/messages.hpp>

#include "body.hpp"
#include "routes.hpp"

namespace web {
namespace {

std::optional<std::string> text(const request& request, std::string_view name) {
    const auto* value = request.query.find(name);
    return value && !value->empty() ? std::optional{*value} : std::nullopt;
}

std::optional<core::timestamp> time(const request& request, std::string_view name,
                                    std::vector<core::field_error>& errors) {
    const auto value = text(request, name);
    if (!value) return std::nullopt;
    const auto parsed = core::from_rfc3339(*value);
    if (!parsed) errors.push_back({std::string{name}, "must be a time such as 2026-01-31T12:00:00.000Z"});
    return parsed;
}

}  // namespace

void logging_routes::add_to(router& admin) {
    admin.add("POST", "/api/v1/logs", std::bind_front(&logging_routes::record, this), {.who = access::admin});
    admin.add("GET", "/api/v1/logs", std::bind_front(&logging_routes::list, this), {.who = access::admin});
}

core::awaitable<response> logging_routes::record(request& request) {
    auto message = read_message<logging::record_entry>(request);
    if (!message) co_return std::move(message.error());
    const auto done = co_await modules_.ask(std::move(*message), request);
    co_return done ? json(202, {{"status", "recorded"}}) : problem(done.error());
}

core::awaitable<response> logging_routes::list(request& request) {
    const auto wanted = read_page(request);
    if (!wanted) co_return wanted.error();
    std::vector<core::field_error> errors;
    logging::search_entries search;
    search.module = text(request, "module");
    search.level = text(request, "level");
    search.search = text(request, "search");
    search.since = time(request, "since", errors);
    search.until = time(request, "until", errors);
    search.trace_id = text(request, "trace_id");
    search.page = wanted->page;
    search.size = wanted->size;
    if (!errors.empty()) co_return problem(core::invalid(std::move(errors)).error());
    const auto found = co_await modules_.ask(std::move(search), request);
    co_return found ? json(200, bus::to_json(*found)) : problem(found.error());
}

}  // namespace web
