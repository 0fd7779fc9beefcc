#include <core/test_point.hpp>
#include <stdexcept>

#include "error_chain.hpp"
#include "follower.hpp"
#include "spans.hpp"

// How a follower runs one event: the part that talks to the handler.
namespace bus {

namespace {

// Of what the handler causes. What came without a trace begins one.
core::origin origin_of(const storage::event_record& record) {
    auto trace = core::trace_context::parse(record.traceparent);
    return {trace ? std::move(*trace) : core::trace_context::start(), record.id};
}

}  // namespace

// A handler runs: on the board, and known to its lane.
class follower::running_mark {
public:
    running_mark(follower& owner, lane& lane, tracked_delivery& delivery) : owner_{owner}, lane_{lane} {
        const auto& record = *lane.item->record;
        lane.place = owner.board_.begin(owner.line_, record.epoch, record.sequence);
        lane.overdue_at = owner.runtime_.time.monotonic() + owner.options_.handler_limit;
        lane.delivery = &delivery;
    }
    running_mark(const running_mark&) = delete;
    running_mark& operator=(const running_mark&) = delete;
    ~running_mark() {
        lane_.delivery = nullptr;
        if (lane_.place) owner_.board_.end(*std::exchange(lane_.place, std::nullopt));
    }

private:
    follower& owner_;
    lane& lane_;
};

failed_attempt follower::crash_failure() {
    return {cause_of_failure::crash, std::string{storage::process_ended}, "the process ended while the handler ran"};
}

core::awaitable<follower::outcome> follower::attempt(lane& lane) {
    auto& item = *lane.item;
    std::string trouble;
    try {
        if (item.known) {
            co_await note_failure(item, *item.known);
            board_.forget({line_, item.record->epoch, item.record->sequence});
            co_return outcome::settled;
        }
        if (!item.parked && parked_.blocks(item.record->key)) {
            co_await park_behind(item);
            co_return outcome::settled;
        }
        co_return co_await run(lane);
    } catch (const not_now& failure) {
        trouble = failure.what();
    } catch (...) {
        // Only what could not be noted down comes here, so it is the storage's trouble and not the event's.
        trouble = core::describe(std::current_exception());
    }
    if (lane.is_given_up) co_return outcome::put_back;
    log_.warning("an event has to wait", {{"handler", handler_.name}, {"event", item.record->id}, {"reason", trouble}});
    pause(trouble);
    co_return outcome::put_back;
}

core::awaitable<follower::outcome> follower::run(lane& lane) {
    auto& item = *lane.item;
    bool is_committed = false;
    failed_attempt failure;
    bool has_failed = true;
    try {
        co_await run_handler(lane, is_committed);
        has_failed = false;
    } catch (const not_now&) {
        if (!is_committed) throw;
        failure = {cause_of_failure::handler, "bus::not_now", core::describe(std::current_exception())};
    } catch (const rejected& reason) {
        failure = {cause_of_failure::hopeless, "bus::rejected", reason.what()};
    } catch (const storage::error& reason) {
        if (reason.is_infrastructure() && !is_committed) throw;
        failure = {cause_of_failure::handler, "storage::error", reason.what()};
    } catch (...) {
        failure = {cause_of_failure::handler, type_of(std::current_exception()),
                   core::describe(std::current_exception())};
    }
    if (lane.is_given_up) co_return outcome::put_back;
    if (!is_committed && !has_failed) co_return outcome::returned;
    if (!is_committed) {
        co_await note_failure(item, failure);
        co_return outcome::settled;
    }
    // The effect and the note are durable: to run it again would be wrong, so a failure can only be told.
    if (has_failed)
        log_.error("a handler failed after its commit", {{"handler", handler_.name}, {"error", failure.text}});
    if (item.parked) read_parked(item.record->key, true);
    co_return outcome::settled;
}

core::awaitable<void> follower::run_handler(lane& lane, bool& is_committed) {
    auto& item = *lane.item;
    if (item.subscription == nullptr)
        throw rejected{"no handler of this name takes " + item.record->type + " any more"};
    const auto& subscription = *item.subscription;
    const bool is_live = !options_.wire_mode && item.live.object && item.live.type == subscription.tag;
    if (item.parked && item.parked->attempts > 0) ++retried_;
    const auto attempt = item.parked ? item.parked->attempts + 1 : 1;
    auto from = origin_of(*item.record);
    auto span =
        delivery_span(runtime_.traces, {*item.record, module(), handler_.name, attempt, source_.is_copy()}, from.trace);
    tracked_delivery delivery{own_, notes_, item, attempt, std::move(from)};
    try {
        const running_mark running{*this, lane, delivery};
        core::test_point("handler start");
        // To read an event may end the process too, by the code that brings old ones to the present form.
        const auto event = is_live ? item.live.object : subscription.decode(item.record->version, item.record->data);
        co_await subscription.handle(event, delivery);
        core::test_point("handler end");
    } catch (...) {
        is_committed = delivery.is_committed();
        if (is_committed) count(delivery);
        mark_failed(span, std::current_exception());
        throw;
    }
    if (lane.is_given_up) co_return;
    if (!delivery.is_committed()) {
        if (!item.parked) {
            returned_.push_back({item.record->epoch, item.record->sequence, item.previous, item.record->key});
            co_return;
        }
        co_await delivery.commit([](storage::transaction&) {});
    }
    is_committed = true;
    count(delivery);
}

void follower::count(const tracked_delivery& delivery) {
    ++(delivery.is_duplicate() ? suppressed_ : handled_);
    rate_.add();
}

core::awaitable<void> follower::note_failure(work_item& item, const failed_attempt& failure) {
    const auto now = runtime_.time.now();
    storage::parked_event parked = item.parked.value_or(storage::parked_event{.event = *item.record});
    ++parked.attempts;
    parked.errors = with_error(parked.errors, now, failure.type, failure.text);
    const auto verdict = judge(failure.cause, parked.attempts, options_.retry, core::random_fraction());
    parked.state = verdict.is_dead ? storage::parked_state::dead : storage::parked_state::retrying;
    parked.next_attempt_at = now + verdict.wait;

    bool was_done = false;
    const bool is_first = !item.parked;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        core::test_point("before park");
        if (!is_first) return notes_.update(transaction, parked);
        was_done = !notes_.mark_done(transaction, item.record->epoch, item.record->sequence, item.previous);
        if (!was_done) parked.id = notes_.park(transaction, parked);
    });
    core::test_point("after park");
    if (was_done) {
        ++suppressed_;
        co_return;
    }
    ++failed_;
    log_.write(verdict.is_dead ? core::log_level::error : core::log_level::warning,
               verdict.is_dead ? "an event became a dead letter" : "an event failed and is tried again",
               {{"handler", handler_.name},
                {"event", item.record->id},
                {"type", item.record->type},
                {"attempts", parked.attempts},
                {"error", failure.text}},
               {});
    if (verdict.is_dead) {
        ++dead_;
        ++died_;
    }
    if (!is_first || !verdict.is_dead) read_parked(item.record->key, !is_first);
}

core::awaitable<void> follower::park_behind(work_item& item) {
    const storage::parked_event parked{.event = *item.record, .next_attempt_at = runtime_.time.now()};
    bool was_done = false;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        was_done = !notes_.mark_done(transaction, item.record->epoch, item.record->sequence, item.previous);
        if (!was_done) notes_.park(transaction, parked);
    });
    if (was_done)
        ++suppressed_;
    else
        read_parked(item.record->key, false);
}

void follower::read_parked(const std::string& key, bool was_under_way) {
    if (!loaded_) return;  // what is loaded then has it
    const auto first = own_.read([&](storage::reader& reader) { return notes_.first_parked(reader, key); });
    if (first) {
        const auto head = head_of(first->next_attempt_at, first->attempts, has_ended_process(first->errors));
        was_under_way ? parked_.put_back(key, head) : parked_.update(key, head);
    } else {
        parked_.remove(key);
    }
    retries_.notify();
}

}  // namespace bus
