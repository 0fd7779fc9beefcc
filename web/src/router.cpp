#include <algorithm>
#include <core/task_group.hpp>
#include <web/router.hpp>

#include "origin.hpp"
#include "route_metrics.hpp"
#include "target.hpp"
#include "text.hpp"

namespace web {
namespace {

constexpr std::size_t longest_idempotency_key = 255;

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

bool matches(const route& route, const std::vector<std::string>& segments) {
    return std::ranges::equal(route.segments, segments, [](const auto& wanted, const auto& given) {
        return is_parameter(wanted) ? !given.empty() : wanted == given;
    });
}

bool is_for(const route& route, std::string_view method) {
    return route.method == method || (route.method == "GET" && method == "HEAD");
}

void allow(std::string& list, std::string_view method) {
    if (!list.empty()) list += ", ";
    list += method;
    if (method == "GET") list += ", HEAD";
}

void end_span(request& request, int status) {
    if (!request.span.is_recorded()) return;
    request.span.add("http.response.status_code", status);
    if (status >= 500) request.span.fail(std::to_string(status), {});
    request.span.end();
}

}  // namespace

router::router(core::logger log, const core::clock& clock, router_settings settings)
    : log_{std::move(log)}, clock_{clock}, settings_{std::move(settings)}, unmatched_{counted("any", "none")} {}

std::shared_ptr<route_metrics> router::counted(std::string_view method, std::string_view pattern) const {
    if (settings_.metrics == nullptr) return nullptr;
    return std::make_shared<route_metrics>(*settings_.metrics, settings_.listener, std::string{method},
                                           std::string{pattern});
}

void router::begin(request& request) {
    request.began = clock_.monotonic();
    const auto parent = core::trace_context::parse(request.header("traceparent"));
    request.begins_trace = !parent;
    request.from.trace = parent ? *parent : core::trace_context::start();
}

void router::begin_span(request& request, const route& target) const {
    auto& trace = request.from.trace;
    if (settings_.traces == nullptr || target.options.is_untraced) {
        trace.sampled = false;
        return;
    }
    request.span = settings_.traces->enter(target.title, core::span_kind::server, "web", trace, request.begins_trace);
    if (!request.span.is_recorded()) return;
    request.span.add("http.request.method", request.method);
    request.span.add("http.route", target.pattern);
    request.span.add("url.path", request.path);  // without its query: that may hold a token
    request.span.add("url.scheme", request.is_encrypted ? "https" : "http");
}

void router::add(std::string_view method, std::string_view pattern, handler handle, route_options options) {
    auto added = std::make_unique<route>(std::string{method}, std::string{pattern},
                                         std::string{method}.append(" ").append(pattern), split_path(pattern),
                                         std::move(handle), options, counted(method, pattern));
    if (std::ranges::any_of(added->segments, is_parameter))
        patterns_.push_back(std::move(added));
    else
        fixed_.emplace(std::string{pattern}, std::move(added));
}

router::found router::find(request& request, const std::vector<std::string>& segments) const {
    found place;
    for (const auto& candidate : patterns_) {
        if (!matches(*candidate, segments)) continue;
        allow(place.allowed, candidate->method);
        if (!is_for(*candidate, request.method)) continue;
        place.target = candidate.get();
        for (std::size_t i = 0; i < segments.size(); ++i) {
            const auto& wanted = candidate->segments[i];
            if (is_parameter(wanted)) request.path_parameters.add(wanted.substr(1, wanted.size() - 2), segments[i]);
        }
        break;
    }
    return place;
}

std::optional<response> router::check(request& request, found& place) const {
    if (!settings_.hosts.allows(request.host, request.local))
        return problem(421, "This server does not answer to that host name.");
    if (request.header("idempotency-key").size() > longest_idempotency_key)
        return problem(400, "The Idempotency-Key is longer than 255 bytes.");
    if (request.method == "TRACE") return problem(405, "TRACE is not answered.").with("Allow", "GET, HEAD");
    if (const auto broken = read_target(request, settings_.limits.query_parameters))
        return problem(400, std::string{*broken});

    const auto [first, last] = fixed_.equal_range(request.path);
    for (auto it = first; it != last; ++it) {
        if (is_for(*it->second, request.method)) {
            place.target = it->second.get();
            break;
        }
        allow(place.allowed, it->second->method);
    }
    if (first == last && !patterns_.empty()) place = find(request, split_path(request.path));
    if (place.target) return std::nullopt;
    if (request.target == "*" && request.method == "OPTIONS") place.allowed = "GET, HEAD, POST, PUT, PATCH, DELETE";
    if (place.allowed.empty()) return problem(404, "There is nothing at this address.");
    if (request.method == "OPTIONS") return empty(204).with("Allow", place.allowed);
    return problem(405, "The method is not allowed here.").with("Allow", place.allowed);
}

// What changes nothing goes on, and so does what an operator does about it.
std::optional<response> router::check_room(const request& request, const route& target) const {
    if (is_safe_method(request.method) || target.options.mends_overload || !settings_.admission) return std::nullopt;
    const auto reason = settings_.admission();
    return reason ? std::optional{problem(*reason)} : std::nullopt;
}

std::optional<response> router::check_budget(const request& request, const route& target) const {
    if (target.options.budget == budget::none || !settings_.over_budget) return std::nullopt;
    return settings_.over_budget(target.options.budget, request.client);
}

admission router::admit(request& request) {
    begin(request);
    if (settings_.look_behind_proxies) settings_.look_behind_proxies(request);
    found place;
    auto refused = check(request, place);
    request.matched = place.target;
    if (!refused) refused = check_rights(request, *place.target);
    if (!refused) refused = check_room(request, *place.target);
    if (!refused) refused = check_budget(request, *place.target);
    if (refused) return {.answer = finish(request, std::move(*refused))};
    begin_span(request, *place.target);
    const auto own_limit = place.target->options.body_limit;
    return {.target = place.target, .body_limit = own_limit > 0 ? own_limit : settings_.limits.body};
}

core::awaitable<response> router::handle(request& request, const admission& admitted) {
    std::exception_ptr failure;
    try {
        auto given = check_form(request, *admitted.target);
        if (!given) given = co_await check_session(request, *admitted.target);
        if (!given) given = co_await admitted.target->handle(request);
        auto answer = finish(request, std::move(*given));
        look_at_admin_again(request, *admitted.target, answer);
        if (admitted.target->options.is_audited && settings_.audit) co_await settings_.audit(request, answer.status);
        log_answer(request, answer);
        end_span(request, answer.status);
        co_return answer;
    } catch (...) {
        failure = std::current_exception();
    }
    if (core::is_cancellation(failure)) std::rethrow_exception(failure);
    log_.error("a request failed",
               {{"method", request.method}, {"path", request.path}, {"error", core::describe(failure)}}, request.from);
    end_span(request, 500);
    co_return finish(request, problem(core::error{}));
}

// The path without its query: that may hold a token.
void router::log_answer(const request& request, const response& answer) const {
    if (!log_.enabled(core::log_level::debug)) return;
    log_.debug("a request was answered",
               {{"method", request.method}, {"path", request.path}, {"status", answer.status}}, request.from);
}

response router::refuse(request& request, int status, std::string_view detail) {
    if (request.from.trace.trace_id.empty()) begin(request);
    return finish(request, problem(status, std::string{detail}));
}

response router::finish(const request& request, response answer) {
    const auto& trace_id = request.from.trace.trace_id;
    if (answer.trouble) {
        const auto& trouble = *answer.trouble;
        const bool as_page = settings_.error_page && !request.path.starts_with("/api/") && request.prefers_html();
        answer.content_type = as_page ? content_type::html : content_type::problem_json;
        answer.body = as_page ? settings_.error_page(trouble, trace_id) : to_json(trouble, trace_id);
        if (trouble.retry_after) answer.with("Retry-After", std::to_string(trouble.retry_after->count()));
    }
    count(request, answer.status);
    return answer;
}

void router::count(const request& request, int status) {
    const auto& counted = request.matched != nullptr ? request.matched->counted : unmatched_;
    if (counted) counted->answered(status, clock_.monotonic() - request.began);
}

}  // namespace web
