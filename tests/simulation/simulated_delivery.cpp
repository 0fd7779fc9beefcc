#include "simulated_follower.hpp"

// How the follower of a game runs one event: what follower_delivery.cpp is in the program.
namespace simulation {
namespace {

constexpr double failing = 0.1;

}  // namespace

// What follower::attempt() does.
void simulated_follower::finish(const bus::work_item& item) {
    if (item.known) {
        ++seen_.crash_attempts;
        fail(item, bus::cause_of_failure::crash);
    } else if (!item.parked && parked_.blocks(item.record->key)) {
        park_behind(item);
    } else if (source_.is_poison(simulated_source::number_of(*item.record)) || dice_.chance(failing)) {
        fail(item, bus::cause_of_failure::handler);
    } else {
        succeed(item);
    }
}

bool simulated_follower::mark_done(storage::transaction& transaction, const bus::work_item& item) const {
    return notes_.mark_done(transaction, item.record->epoch, item.record->sequence, item.previous);
}

void simulated_follower::succeed(const bus::work_item& item) {
    const auto& record = *item.record;
    bool was_done = false;
    const auto note = [&](storage::transaction& transaction) {
        was_done = item.parked ? !notes_.unpark(transaction, item.parked->id) : !mark_done(transaction, item);
    };
    const auto effect = [&](storage::transaction& transaction) {
        transaction.execute("INSERT INTO effects (number, key, epoch, sequence) VALUES (?1, ?2, ?3, ?4)",
                            simulated_source::number_of(record), record.key.substr(0, 1), record.epoch,
                            record.sequence);
    };
    if (without_ == mutant::effect_then_mark) {
        file_.commit(effect);
        dice_.may_die(0.02);
        file_.commit(note);
    } else {
        file_.commit([&](storage::transaction& transaction) {
            note(transaction);
            if (!was_done || without_ == mutant::mark_before_handler || without_ == mutant::no_inbox)
                effect(transaction);
        });
    }
    if (was_done) ++seen_.duplicates;
    if (item.parked) read_parked(record.key, true);
    settled(item);
}

void simulated_follower::fail(const bus::work_item& item, bus::cause_of_failure cause) {
    auto parked = item.parked.value_or(storage::parked_event{.event = *item.record});
    const auto verdict = bus::judge(cause, ++parked.attempts, schedule_, 0);
    parked.state = verdict.is_dead ? storage::parked_state::dead : storage::parked_state::retrying;
    parked.errors = cause == bus::cause_of_failure::crash ? R"([{"type":"process_ended"}])" : "[]";
    bool was_done = false;
    file_.commit([&](storage::transaction& transaction) {
        if (item.parked) return notes_.update(transaction, parked);
        was_done = !mark_done(transaction, item) && without_ != mutant::mark_before_handler;
        if (!was_done) notes_.park(transaction, parked);
    });
    if (was_done) {
        ++seen_.duplicates;
    } else {
        ++(verdict.is_dead ? seen_.dead : seen_.parked);
        if (item.parked || !verdict.is_dead) read_parked(item.record->key, item.parked.has_value());
    }
    settled(item);
}

void simulated_follower::park_behind(const bus::work_item& item) {
    const storage::parked_event parked{.event = *item.record};
    bool was_done = false;
    file_.commit([&](storage::transaction& transaction) {
        was_done = !mark_done(transaction, item) && without_ != mutant::mark_before_handler;
        if (!was_done) notes_.park(transaction, parked);
    });
    if (was_done)
        ++seen_.duplicates;
    else
        read_parked(item.record->key, false);
    settled(item);
}

void simulated_follower::settled(const bus::work_item& item) {
    if (item.is_alone) is_alone_taken_ = false;
    if (!item.parked) cursor_.settle(item.record->sequence);
    window_.finish(item.record->key);
}

// What follower::read_parked() does; time stands still in the table here, so everything is due at once.
void simulated_follower::read_parked(const std::string& key, bool was_under_way) {
    const auto first = file_.read([&](storage::reader& reader) { return notes_.first_parked(reader, key); });
    if (!first) return parked_.remove(key);
    const bus::parked_head head{now_, first->attempts, first->errors.contains("process_ended")};
    was_under_way ? parked_.put_back(key, head) : parked_.update(key, head);
}

}  // namespace simulation
