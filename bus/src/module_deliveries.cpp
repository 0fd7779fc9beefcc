#include "module_deliveries.hpp"

#include <algorithm>
#include <core/exit.hpp>
#include <set>
#include <storage/replica_log.hpp>
#include <system_error>

namespace bus {
namespace {

constexpr std::size_t rows_at_a_time = 500;
constexpr std::size_t named_at_most = 20;

struct undone {
    std::string handler;
    std::string log;
    std::int64_t position = 0;
    std::int64_t parked = 0;  // dead ones too
};

std::vector<undone> known_handlers(storage::reader& reader) {
    std::vector<undone> all;
    const auto rows = reader.query_all<std::string, std::string, std::int64_t, std::int64_t>(
        "SELECT handler, log, sequence, (SELECT count(*) FROM parked WHERE parked.handler = positions.handler AND "
        "parked.log = positions.log) FROM positions");
    for (const auto& [handler, log, position, parked] : rows) all.push_back({handler, log, position, parked});
    return all;
}

struct unreadable {
    std::string handler;
    std::string event_id;
    std::string reason;
};

void try_to_read(const event_handler& handler, const std::string& event_id, const std::string& type,
                 std::int64_t version, const std::string& data, std::vector<unreadable>& found) {
    const auto subscription = std::ranges::find(handler.subscriptions, type, &event_subscription::type);
    if (subscription == handler.subscriptions.end()) {
        found.push_back({handler.name, event_id, "it takes no " + type + " any more"});
        return;
    }
    try {
        std::ignore = subscription->decode(version, data);
    } catch (const std::exception& failure) {
        found.push_back({handler.name, event_id, failure.what()});
    }
}

std::vector<unreadable> unreadable_parked(storage::reader& reader, const local_endpoint& endpoint) {
    std::vector<unreadable> found;
    std::int64_t after = 0;
    while (found.size() < named_at_most) {
        const auto rows =
            reader.query_all<std::int64_t, std::string, std::string, std::string, std::int64_t, std::string>(
                // Not what ended the process: to read it may have been the reason.
                "SELECT id, handler, event_id, type, version, data FROM parked WHERE id > ?1 AND "
                "instr(errors, ?3) = 0 ORDER BY id LIMIT ?2",
                after, rows_at_a_time, storage::process_ended);
        if (rows.empty()) break;
        for (const auto& [id, handler, event_id, type, version, data] : rows) {
            after = id;
            if (const auto* known = endpoint.find(handler)) try_to_read(*known, event_id, type, version, data, found);
        }
    }
    return found;
}

}  // namespace

std::set<std::string_view> sources_of(const event_handler& handler) {
    std::set<std::string_view> sources{storage::outside};
    if (!handler.takes_requests)
        for (const auto& subscription : handler.subscriptions) sources.insert(owner_of(subscription.type));
    return sources;
}

module_deliveries::module_deliveries(const core::runtime& runtime, const settings& options, local_endpoint& endpoint,
                                     one_at_a_time& alone)
    : runtime_{runtime},
      options_{options},
      endpoint_{endpoint},
      alone_{alone},
      log_{runtime.log_for(endpoint.module())} {
    endpoint.deliver_by(*this);
}

void module_deliveries::prepare(const find_log& log_of) {
    refuse_unknown_handlers(log_of);
    std::size_t at_a_time = 1;  // a file cannot be mapped when it is empty
    for (const auto& handler : endpoint_.handlers()) at_a_time += handler.concurrency * sources_of(handler).size();
    const auto file = database().folder() / (module() + ".running");
    try {
        board_.emplace(file, at_a_time);
    } catch (const std::system_error& failure) {
        throw core::fatal_error{core::exit_code::storage_failed, file.string() + " cannot be used: " + failure.what()};
    }
    const follower_surroundings surroundings{runtime_, options_, database(), *board_, alone_};
    for (const auto& handler : endpoint_.handlers()) {
        for (const auto source : sources_of(handler)) {
            if (auto* log = log_of(source))
                followers_.emplace_back(surroundings, handler, *log);
            else if (source != storage::outside)
                log_.warning("a handler follows a module that does not run here",
                             {{"handler", handler.name}, {"module", source}});
        }
    }
}

void module_deliveries::start() {
    for (auto& follower : followers_) follower.start();
}

follower* module_deliveries::find(std::string_view handler, std::string_view source) {
    const auto found = std::ranges::find_if(followers_, [&](const follower& one) {
        return one.handler().name == handler && one.source().name() == source;
    });
    return found == followers_.end() ? nullptr : &*found;
}

// Events of a handler that is gone would wait for ever, and nobody would know.
void module_deliveries::refuse_unknown_handlers(const find_log& log_of) const {
    for (const auto& known : database().read(&known_handlers)) {
        if (endpoint_.find(known.handler) != nullptr || endpoint_.retired().contains(known.handler)) continue;
        auto* log = log_of(known.log);
        const auto unread = log == nullptr ? 0 : log->head() - known.position;
        if (known.parked == 0 && unread <= 0) continue;
        throw core::fatal_error{
            core::exit_code::damaged_data,
            module() + ".db holds " + std::to_string(known.parked) + " parked or dead events and " +
                std::to_string(unread) + " unread ones of the log of " + known.log + " for the handler " +
                known.handler +
                ", which this program does not have. Nothing was changed. Start the version that has it until they "
                "are done, or call retire(\"" +
                known.handler + "\") in the module to give them up."};
    }
}

core::awaitable<void> module_deliveries::name_unreadable() {
    auto found =
        co_await database().search([this](storage::reader& reader) { return unreadable_parked(reader, endpoint_); });
    for (auto& follower : followers_) {
        if (found.size() >= named_at_most) break;
        const auto from = follower.position().value_or(0);
        for (const auto& row : follower.source().events_after(from, rows_at_a_time))
            if (follower.takes(row.type) && !follower.was_running(row))
                try_to_read(follower.handler(), row.id, row.type, row.version, row.data, found);
    }
    if (found.size() > named_at_most) found.resize(named_at_most);
    for (const auto& one : found)
        log_.error("a waiting event cannot be read by its handler",
                   {{"handler", one.handler}, {"event", one.event_id}, {"error", one.reason}});
}

core::awaitable<void> module_deliveries::forget_retired() {
    if (endpoint_.retired().empty()) co_return;
    co_await database().write({}, [this](storage::transaction& transaction) {
        for (const auto& handler : endpoint_.retired())
            for (const auto* sql :
                 {"DELETE FROM positions WHERE handler = ?1", "DELETE FROM done_ahead WHERE handler = ?1",
                  "DELETE FROM parked WHERE handler = ?1"})
                transaction.execute(sql, handler);
    });
}

}  // namespace bus
