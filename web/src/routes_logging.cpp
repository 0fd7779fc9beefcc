#include <logging/messages.hpp>

#include "body.hpp"
#include "query.hpp"
#include "routes.hpp"

namespace web {
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
    search.module = text_parameter(request, "module");
    search.level = text_parameter(request, "level");
    search.search = text_parameter(request, "search");
    search.since = time_parameter(request, "since", errors);
    search.until = time_parameter(request, "until", errors);
    search.trace_id = text_parameter(request, "trace_id");
    search.page = wanted->page;
    search.size = wanted->size;
    if (!errors.empty()) co_return problem(core::invalid(std::move(errors)).error());
    const auto found = co_await modules_.ask(std::move(search), request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

}  // namespace web
