#include "simulated_sender.hpp"

#include <algorithm>

namespace simulation {
namespace {

constexpr std::size_t window_size = 6;

}  // namespace

simulated_sender::simulated_sender(simulated_source& source, simulated_broker& broker, dice& dice, mutant without,
                                   outside_coverage& seen)
    : source_{source}, broker_{broker}, dice_{dice}, without_{without}, seen_{seen} {
    start();
}

// What sender::find_place() does.
void simulated_sender::start() {
    broker_.lose_publisher();
    const auto known = source_.noted_place();
    auto place = std::min(known.value_or(0), source_.head());
    if (without_ == mutant::sender_from_head && has_started_) place = source_.head();
    epochs_ = source_.epochs();
    window_ = bus::amqp::send_window{window_size, place};
    noted_ = known ? place : -1;
    has_started_ = true;
}

bool simulated_sender::publish_some() {
    if (!broker_.has_publisher()) {
        broker_.connect_publisher();
        window_.go_back();
        return true;
    }
    if (window_.room() == 0) return false;
    const auto rows = source_.rows_after(window_.next() - 1, dice_.pick(window_.room()) + 1);
    for (const auto& record : rows) publish(record);
    return !rows.empty();
}

void simulated_sender::publish(const row& record) {
    if (!published_.emplace(record->epoch, record->sequence).second) ++seen_.resends;
    const auto epoch = std::ranges::find(epochs_, record->epoch, &storage::log_epoch::epoch);
    broker_.publish({record, epoch == epochs_.end() ? 1 : epoch->first_sequence});
    window_.sent(record->sequence);
    if (without_ == mutant::position_before_confirm) window_.confirm(record->sequence);
}

// What sender::confirmed() does.
bool simulated_sender::hear() {
    const auto confirmations = broker_.take_answers();
    bool is_refused = false;
    bool is_unroutable = false;
    for (const auto& one : confirmations) {
        using enum bus::amqp::confirmation::outcome;
        if (one.outcome == taken)
            window_.confirm(static_cast<std::int64_t>(one.id));
        else
            (one.outcome == refused ? is_refused : is_unroutable) = true;
    }
    if (is_refused || is_unroutable) window_.go_back();
    if (is_unroutable) broker_.lose_publisher();  // all is declared again, on a new connection
    return !confirmations.empty();
}

bool simulated_sender::note() {
    const auto position = window_.position();
    if (noted_ >= 0 && position <= noted_) return false;
    for (const auto& record : source_.rows_after(std::max<std::int64_t>(noted_, 0), 1000))
        if (record->sequence <= position && !broker_.has_confirmed(*record)) has_noted_too_much_ = true;
    source_.note_place(position);
    noted_ = position;
    return true;
}

}  // namespace simulation
