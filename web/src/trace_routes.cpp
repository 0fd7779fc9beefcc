#include "trace_routes.hpp"

#include <logging/traces.hpp>

#include "body.hpp"
#include "causal_trace.hpp"
#include "query.hpp"

namespace web {
namespace {

constexpr std::int64_t longest_duration = 1'000'000'000'000;  // milliseconds

std::optional<bool> truth_parameter(const request& request, std::string_view name,
                                    std::vector<core::field_error>& errors) {
    const auto text = text_parameter(request, name);
    if (!text) return std::nullopt;
    if (*text != "true" && *text != "false") errors.push_back({std::string{name}, "must be true or false"});
    return *text == "true";
}

}  // namespace

void trace_routes::add_to(router& admin) {
    // Who looks at traces makes none.
    const route_options options{.who = access::admin, .is_untraced = true};
    admin.add("GET", "/api/v1/traces", std::bind_front(&trace_routes::list, this), options);
    admin.add("GET", "/api/v1/traces/{id}", std::bind_front(&trace_routes::get, this), options);
    admin.add("GET", "/api/v1/traces/{id}/events", std::bind_front(&trace_routes::get_events, this), options);
}

core::awaitable<response> trace_routes::list(request& request) {
    const auto wanted = read_page(request);
    if (!wanted) co_return wanted.error();
    std::vector<core::field_error> errors;
    logging::search_traces search;
    search.since = time_parameter(request, "since", errors);
    search.before = time_parameter(request, "before", errors);
    search.module = text_parameter(request, "module");
    if (text_parameter(request, "min_duration"))
        search.min_duration = number_parameter(request, "min_duration", 0, longest_duration, errors);
    search.has_failed = truth_parameter(request, "error", errors);
    search.page = wanted->page;
    search.size = wanted->size;
    if (!errors.empty()) co_return problem(core::invalid(std::move(errors)).error());
    const auto found = co_await modules_.ask(std::move(search), request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> trace_routes::get(request& request) {
    const auto found = co_await modules_.ask(logging::get_trace{request.path_parameters.value_or_empty("id")}, request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> trace_routes::get_events(request& request) {
    const auto id = request.path_parameters.value_or_empty("id");
    const auto found = co_await find_causal_trace(operated_, modules_, id, request);
    co_return found ? json(200, to_json(id, *found)) : problem(found.error());
}

}  // namespace web
