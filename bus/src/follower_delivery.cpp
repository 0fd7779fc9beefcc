#include <nlohmann/json.hpp>
#include <stdexcept>

#include "follower.hpp"

// How a follower runs one event: the part that talks to the handler.
namespace bus {
namespace {

class tracked_delivery final : public delivery {
public:
    tracked_delivery(storage::database& database, const storage::delivery_notes& notes, const work_item& item,
                     std::int64_t attempt)
        : database_{database}, notes_{notes}, item_{item}, attempt_{attempt} {
        const auto trace = core::trace_context::parse(item.record->traceparent);
        from_ = {trace ? trace->child() : core::trace_context::start(), item.record->id};
    }

    core::awaitable<void> commit(unit unit) override {
        if (committed_) throw std::logic_error{"a handler gets one transaction"};
        co_await database_.write(from_, [this, &unit](storage::transaction& transaction) {
            if (note(transaction)) unit(transaction);
        });
        committed_ = true;
    }

    [[nodiscard]] const core::origin& from() const noexcept override { return from_; }
    [[nodiscard]] const std::string& event_id() const noexcept override { return item_.record->id; }
    [[nodiscard]] std::int64_t attempt() const noexcept override { return attempt_; }
    [[nodiscard]] bool committed() const noexcept { return committed_; }

private:
    // False for an event that is done already.
    bool note(storage::transaction& transaction) const {
        if (item_.parked) return notes_.unpark(transaction, item_.parked->id);
        return notes_.mark_done(transaction, item_.record->epoch, item_.record->sequence, item_.previous);
    }

    storage::database& database_;
    const storage::delivery_notes& notes_;
    const work_item& item_;
    std::int64_t attempt_;
    core::origin from_;
    bool committed_ = false;
};

std::string with_error(const std::string& errors, core::timestamp time, const std::string& text) {
    auto chain = nlohmann::ordered_json::parse(errors);
    chain.push_back({{"time", core::to_rfc3339(time)}, {"text", text}});
    return chain.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

core::awaitable<bool> follower::attempt(work_item& item) {
    std::string trouble;
    try {
        if (!item.parked && parked_.blocks(item.record->key))
            co_await park_behind(item);
        else
            co_await run(item);
        co_return true;
    } catch (const not_now& failure) {
        trouble = failure.what();
    } catch (...) {
        // Only what could not be noted down comes here, so it is the storage's trouble and not the event's.
        trouble = core::describe(std::current_exception());
    }
    log_.warning("an event has to wait", {{"handler", handler_.name}, {"event", item.record->id}, {"reason", trouble}});
    co_return false;
}

core::awaitable<void> follower::run(work_item& item) {
    const auto number = item.parked ? item.parked->attempts + 1 : 1;
    bool committed = false;
    bool can_pass = true;
    std::string reason;
    try {
        co_await run_handler(item, number, committed);
        if (item.parked) {
            parked_.remove_head(item.record->key);
            retries_.notify();
        }
        co_return;
    } catch (const not_now&) {
        throw;
    } catch (const rejected& failure) {
        reason = failure.what();
        can_pass = false;
    } catch (const storage::error& failure) {
        if (failure.is_infrastructure() && !committed) throw;
        reason = failure.what();
    } catch (...) {
        reason = core::describe(std::current_exception());
    }
    if (!committed) co_return co_await note_failure(item, reason, can_pass);
    // The effect and the note are durable: to run it again would be wrong, so the failure can only be told.
    log_.error("a handler failed after its commit", {{"handler", handler_.name}, {"error", reason}});
    if (item.parked) parked_.remove_head(item.record->key);
}

core::awaitable<void> follower::run_handler(work_item& item, std::int64_t attempt, bool& committed) {
    if (item.subscription == nullptr)
        throw rejected{"no handler of this name takes " + item.record->type + " any more"};
    const auto& subscription = *item.subscription;
    const bool is_live = !settings_.wire_mode && item.live.object && item.live.type == subscription.tag;
    const auto event = is_live ? item.live.object : subscription.decode(item.record->data);
    tracked_delivery delivery{own_, notes_, item, attempt};
    try {
        co_await subscription.handle(event, delivery);
    } catch (...) {
        committed = delivery.committed();
        throw;
    }
    if (delivery.committed()) co_return;
    if (item.parked) co_return co_await delivery.commit([](storage::transaction&) {});
    returned_.push_back({item.record->epoch, item.record->sequence, item.previous, item.record->key});
    item.is_returned = true;
}

core::awaitable<void> follower::note_failure(work_item& item, std::string reason, bool can_pass) {
    const auto now = runtime_.time.now();
    storage::parked_event parked = item.parked.value_or(storage::parked_event{.event = *item.record});
    ++parked.attempts;
    parked.errors = with_error(parked.errors, now, reason);
    const bool is_dead = !can_pass || parked.attempts >= static_cast<std::int64_t>(settings_.retry.attempts());
    parked.state = is_dead ? storage::parked_state::dead : storage::parked_state::retrying;
    if (!is_dead)
        parked.next_attempt_at =
            now + settings_.retry.delay(static_cast<std::size_t>(parked.attempts), core::random_fraction());

    bool was_done = false;
    const bool is_first = !item.parked;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        if (!is_first) return notes_.update(transaction, parked);
        was_done = !notes_.mark_done(transaction, item.record->epoch, item.record->sequence, item.previous);
        if (!was_done) parked.id = notes_.park(transaction, parked);
    });
    if (was_done) co_return;

    log_.write(is_dead ? core::log_level::error : core::log_level::warning,
               is_dead ? "an event became a dead letter" : "an event failed and is tried again",
               {{"handler", handler_.name},
                {"event", item.record->id},
                {"type", item.record->type},
                {"attempts", parked.attempts},
                {"error", reason}},
               {});
    const auto key = item.record->key;
    if (is_dead) {
        ++dead_;
        if (!is_first) parked_.remove_head(key);
    } else if (is_first) {
        parked_.add(std::move(parked));
    } else {
        parked_.put_back(std::move(parked));
    }
    retries_.notify();
}

core::awaitable<void> follower::park_behind(work_item& item) {
    storage::parked_event parked{.event = *item.record, .next_attempt_at = runtime_.time.now()};
    bool was_done = false;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        was_done = !notes_.mark_done(transaction, item.record->epoch, item.record->sequence, item.previous);
        if (!was_done) parked.id = notes_.park(transaction, parked);
    });
    if (!was_done) parked_.add(std::move(parked));
    retries_.notify();
}

}  // namespace bus
