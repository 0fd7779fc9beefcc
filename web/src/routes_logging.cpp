#include <charconv>
#include <logging/messages.hpp>
#include <memory>

#include "body.hpp"
#include "log_stream.hpp"
#include "query.hpp"
#include "routes.hpp"

namespace web {
namespace {

constexpr std::size_t most_streams = 32;
constexpr std::int64_t largest_id = (std::int64_t{1} << 53) - 1;

template <class Message>
Message with_filter(const request& request) {
    Message message;
    message.module = text_parameter(request, "module");
    message.level = text_parameter(request, "level");
    message.search = text_parameter(request, "search");
    message.trace_id = text_parameter(request, "trace_id");
    return message;
}

// What a client that comes again has seen last; anything else than an id is none.
std::optional<std::int64_t> last_event(const request& request) {
    const auto text = request.header("last-event-id");
    std::int64_t id = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (failure != std::errc{} || end != text.data() + text.size() || id < 0 || id > largest_id) return std::nullopt;
    return id;
}

}  // namespace

void logging_routes::add_to(router& admin) {
    admin.add("POST", "/api/v1/logs", std::bind_front(&logging_routes::record, this), {.who = access::admin});
    admin.add("GET", "/api/v1/logs", std::bind_front(&logging_routes::list, this), {.who = access::admin});
    admin.add("GET", "/api/v1/logs/stream", std::bind_front(&logging_routes::follow, this),
              {.who = access::admin, .is_for_own_pages = true});
    admin.add("GET", "/api/v1/logs/levels", std::bind_front(&logging_routes::levels, this), {.who = access::admin});
    admin.add("PUT", "/api/v1/logs/levels", std::bind_front(&logging_routes::set_levels, this),
              {.who = access::admin, .mends_overload = true, .is_audited = true});
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
    auto search = with_filter<logging::search_entries>(request);
    search.since = time_parameter(request, "since", errors);
    search.until = time_parameter(request, "until", errors);
    if (text_parameter(request, "before")) search.before = number_parameter(request, "before", 1, largest_id, errors);
    search.page = wanted->page;
    search.size = wanted->size;
    if (!errors.empty()) co_return problem(core::invalid(std::move(errors)).error());
    const auto found = co_await modules_.ask(std::move(search), request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> logging_routes::follow(request& request) {
    if (streams_ >= most_streams)
        co_return problem({core::error_kind::overloaded, "Too many follow the log already; close one of them."});
    const auto stream = std::make_shared<log_stream>(modules_, clock_, request, streams_);
    auto wanted = with_filter<logging::follow_entries>(request);
    wanted.after = last_event(request);
    const auto begun = co_await stream->begin(std::move(wanted));
    if (!begun) co_return problem(begun.error());
    response answer{.content_type = content_type::event_stream};
    answer.pieces = [stream] { return stream->next(); };
    co_return answer;
}

}  // namespace web
