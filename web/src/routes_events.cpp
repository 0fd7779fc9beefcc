#include <algorithm>

#include "body.hpp"
#include "event_pages.hpp"
#include "query.hpp"
#include "routes.hpp"

namespace web {
namespace {

constexpr std::int64_t usual_size = 50;
constexpr std::int64_t largest_size = 100;
constexpr std::string_view end_of_logs = "now";

// What a client asks for: filters, and from where in which direction.
struct wanted_events {
    bus::search_events filter{};
    std::optional<std::string> source{};
    std::optional<event_cut> cut{};  // none: from the end of the logs that is first in the direction
    bool is_forward = false;         // oldest first
    bool is_end = false;             // only where the logs end at present
    std::size_t size = 0;
};

void read_place(const request& request, wanted_events& wanted, std::vector<core::field_error>& errors) {
    const auto before = text_parameter(request, "before");
    const auto after = text_parameter(request, "after");
    if (before && after) return errors.push_back({"after", "cannot be given together with before"});
    const auto& text = before ? before : after;
    wanted.is_forward = after.has_value();
    wanted.is_end = after == end_of_logs;
    if (!text || wanted.is_end) return;
    if (const auto time = core::from_rfc3339(*text)) {
        auto& limit = before ? wanted.filter.until : wanted.filter.since;
        limit = before || !limit ? *time : std::max(*limit, *time);
        return;
    }
    wanted.cut = read_event_cut(*text);
    if (!wanted.cut)
        return errors.push_back({before ? "before" : "after",
                                 "must be the next of an earlier answer, or a time such as 2026-01-31T12:00:00.000Z"});
    wanted.filter.until = wanted.cut->until;
}

bool fits(const event_cut& cut, const std::optional<std::string>& source, const operated_modules& operated) {
    return std::ranges::all_of(cut.sequences, [&](const auto& log) { return operated.knows(log.first); }) &&
           (!source || cut.sequences.contains(*source));
}

std::expected<wanted_events, response> read_wanted(const request& request, const operated_modules& operated) {
    std::vector<core::field_error> errors;
    wanted_events wanted;
    wanted.filter.type = text_parameter(request, "type");
    wanted.filter.since = time_parameter(request, "since", errors);
    wanted.source = text_parameter(request, "source");
    wanted.size = static_cast<std::size_t>(size_parameter(request, usual_size, largest_size, errors));
    read_place(request, wanted, errors);
    if (wanted.source && !operated.knows(*wanted.source)) errors.push_back({"source", "is no module that has events"});
    if (wanted.cut && !fits(*wanted.cut, wanted.source, operated))
        errors.push_back({wanted.is_forward ? "after" : "before", "belongs to another list"});
    if (!errors.empty()) return std::unexpected{problem(core::invalid(std::move(errors)).error())};
    return wanted;
}

// Which logs an answer is made of.
std::vector<std::string> logs_of(const wanted_events& wanted, const operated_modules& operated) {
    std::vector<std::string> logs;
    for (const auto& name : operated.names()) {
        if (wanted.source && *wanted.source != name) continue;
        if (!wanted.cut || wanted.cut->sequences.contains(name)) logs.push_back(name);
    }
    return logs;
}

core::awaitable<core::result<std::int64_t>> head_of(const operated_modules& operated, std::string log,
                                                    const request& request) {
    const auto newest = co_await operated.ask(std::move(log), bus::search_events{.size = 1}, request);
    if (!newest) co_return std::unexpected{newest.error()};
    co_return newest->items.empty() ? 0 : newest->items.front().sequence;
}

core::awaitable<core::result<log_slice>> slice_of(const operated_modules& operated, const wanted_events& wanted,
                                                  std::string log, const request& request) {
    log_slice slice{.source = log, .cut = wanted.cut ? wanted.cut->sequences.at(log) : 0};
    auto search = wanted.filter;
    search.size = static_cast<std::int64_t>(wanted.size) + 1;
    if (wanted.is_forward) search.after = slice.cut;
    if (!wanted.is_forward && wanted.cut) {
        if (slice.cut == 0) co_return slice;
        search.before = slice.cut + 1;
    }
    // Asked before the events are, so that nothing can slip in between.
    if (wanted.is_end || (wanted.is_forward && (search.type || search.since))) {
        const auto head = co_await head_of(operated, log, request);
        if (!head) co_return std::unexpected{head.error()};
        slice.head = *head;
    }
    if (wanted.is_end) co_return slice;
    auto found = co_await operated.ask(std::move(log), std::move(search), request);
    if (!found) co_return std::unexpected{std::move(found.error())};
    slice.events = std::move(found->items);
    co_return slice;
}

nlohmann::ordered_json to_json(const event_page& page, bool has_next) {
    nlohmann::ordered_json body{{"items", nlohmann::ordered_json::array()}, {"next", nullptr}};
    for (const auto& event : page.items) body["items"].push_back(bus::to_json(event));
    if (has_next) body["next"] = to_text(page.next);
    return body;
}

}  // namespace

void event_routes::add_to(router& admin) {
    admin.add("GET", "/api/v1/events", std::bind_front(&event_routes::list, this), {.who = access::admin});
}

core::awaitable<response> event_routes::list(request& request) {
    const auto wanted = read_wanted(request, operated_);
    if (!wanted) co_return wanted.error();
    std::vector<log_slice> slices;
    for (auto& log : logs_of(*wanted, operated_)) {
        auto slice = co_await slice_of(operated_, *wanted, log, request);
        // A log that cannot be asked may be left out of a list that begins here, but not in the middle of one.
        const bool is_optional = !wanted->cut && !wanted->source;
        if (slice)
            slices.push_back(std::move(*slice));
        else if (slice.error().kind != core::error_kind::no_handler || !is_optional)
            co_return problem(slice.error());
    }
    if (slices.empty()) co_return problem(*answers<log_slice>{}.nobody_answered());
    auto page = wanted->is_forward ? next_events(std::move(slices), wanted->size)
                                   : newest_events(std::move(slices), wanted->size);
    page.next.until = wanted->filter.until;
    co_return json(200, to_json(page, wanted->is_forward || page.has_more));
}

}  // namespace web
