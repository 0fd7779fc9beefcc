#include "causal_trace.hpp"

#include <algorithm>
#include <bus/json.hpp>
#include <iterator>
#include <tuple>

namespace web {
namespace {

constexpr std::size_t most_events = 1'000;
constexpr std::size_t most_mails = 50;

core::awaitable<core::result<void>> add_events(causal_trace& trace, const operated_modules& operated,
                                               std::string trace_id, const request& request) {
    auto found = co_await operated.ask_all(bus::find_traced_events{std::move(trace_id)}, request);
    if (!found) co_return std::unexpected{found.error()};
    if (const auto nobody = found->nobody_answered()) co_return std::unexpected{*nobody};
    for (auto& [module, part] : found->given) {
        trace.is_complete = trace.is_complete && part.is_complete;
        std::ranges::move(part.items, std::back_inserter(trace.events));
    }
    std::ranges::sort(trace.events, {}, [](const auto& one) { return std::tie(one.time, one.id); });
    if (trace.events.size() > most_events) {
        trace.events.resize(most_events);
        trace.is_complete = false;
    }
    trace.away = std::move(found->away);
    co_return core::result<void>{};
}

core::awaitable<core::result<void>> add_deliveries(causal_trace& trace, const operated_modules& operated,
                                                   const request& request) {
    bus::find_deliveries wanted;
    for (const auto& event : trace.events)
        wanted.events.push_back({event.source, event.epoch, event.sequence, event.type});
    if (wanted.events.empty()) co_return core::result<void>{};
    auto found = co_await operated.ask_all(std::move(wanted), request);
    if (!found) co_return std::unexpected{found.error()};
    for (auto& [module, part] : found->given)
        for (auto& one : part.items) trace.deliveries.emplace_back(module, std::move(one));
    co_return core::result<void>{};
}

// A mail is known by the event that tells of it.
core::awaitable<core::result<void>> add_mails(causal_trace& trace, const caller& modules, const request& request) {
    for (const auto& event : trace.events) {
        if (event.type != email::email_queued::message.name) continue;
        if (trace.mails.size() >= most_mails) {
            trace.is_complete = false;
            break;
        }
        auto mail = co_await modules.ask(email::get_email{event.key}, request);
        if (mail)
            trace.mails.push_back(std::move(*mail));
        else if (mail.error().kind != core::error_kind::not_found)  // its receiver is gone, and all that was theirs
            co_return std::unexpected{mail.error()};
    }
    co_return core::result<void>{};
}

nlohmann::ordered_json described(const email::email_view& mail) {
    auto attempts = nlohmann::ordered_json::array();
    if (mail.transcripts)
        for (const auto& one : *mail.transcripts)
            attempts.push_back({{"attempt", one.attempt},
                                {"server", one.server},
                                {"began_at", core::to_rfc3339(one.began_at)},
                                {"took_ms", one.took_ms}});
    const auto all = bus::to_json(mail);
    nlohmann::ordered_json shown;
    for (const auto* name :
         {"id", "to", "subject", "status", "attempts", "last_error", "created_at", "next_attempt_at", "sent_at"})
        shown[name] = all.at(name);
    shown["last_attempts"] = std::move(attempts);
    return shown;
}

}  // namespace

core::awaitable<core::result<causal_trace>> find_causal_trace(const operated_modules& operated, const caller& modules,
                                                              std::string trace_id, const request& request) {
    causal_trace trace;
    if (auto done = co_await add_events(trace, operated, std::move(trace_id), request); !done)
        co_return std::unexpected{std::move(done.error())};
    if (auto done = co_await add_deliveries(trace, operated, request); !done)
        co_return std::unexpected{std::move(done.error())};
    if (auto done = co_await add_mails(trace, modules, request); !done)
        co_return std::unexpected{std::move(done.error())};
    co_return trace;
}

nlohmann::ordered_json to_json(const std::string& trace_id, const causal_trace& trace) {
    nlohmann::ordered_json body{{"trace_id", trace_id},
                                {"is_complete", trace.is_complete},
                                {"away", trace.away},
                                {"events", nlohmann::ordered_json::array()},
                                {"mails", nlohmann::ordered_json::array()}};
    for (const auto& event : trace.events) {
        auto shown = bus::to_json(event);
        shown["handlers"] = nlohmann::ordered_json::array();
        for (const auto& [module, delivery] : trace.deliveries) {
            if (std::tie(delivery.source, delivery.sequence, delivery.type) !=
                std::tie(event.source, event.sequence, event.type))
                continue;
            nlohmann::ordered_json one{{"module", module}};
            const auto fields = bus::to_json(delivery);
            for (const auto* name : {"handler", "state", "attempts", "next_attempt_at", "errors"})
                one[name] = fields.at(name);
            shown["handlers"].push_back(std::move(one));
        }
        body["events"].push_back(std::move(shown));
    }
    for (const auto& mail : trace.mails) body["mails"].push_back(described(mail));
    return body;
}

}  // namespace web
