#include "sender.hpp"

#include <algorithm>
#include <core/test_point.hpp>
#include <utility>

#include "event_message.hpp"

namespace bus::amqp {
namespace {

constexpr std::size_t rows_at_a_time = 256;
// A place that is behind costs duplicates after a crash, so it need not be written for each event.
constexpr std::int64_t noteworthy = 1000;
constexpr auto pause_when_unroutable = std::chrono::seconds{5};
// A full queue refuses at once: without a pause both sides would work at it with all they have.
constexpr auto pause_when_refused = std::chrono::seconds{1};

std::optional<std::int64_t> noted_place(storage::reader& reader) {
    return reader.query_optional<std::int64_t>("SELECT sequence FROM log_followers WHERE module = ?1", sender_name);
}

// The first time: nobody who is known to the log lacks what comes before.
std::int64_t first_place(storage::reader& reader) {
    return reader.query_one<std::int64_t>("SELECT coalesce(min(sequence), 0) FROM log_followers");
}

}  // namespace

sender::sender(const core::runtime& runtime, storage::database& log, link& link, channel_number channel,
               std::string exchange, std::size_t window, bool is_followed)
    : runtime_{runtime},
      log_{log},
      link_{link},
      channel_{channel},
      exchange_{std::move(exchange)},
      size_{window},
      is_followed_{is_followed},
      logger_{runtime.log_for(log.name())},
      window_{window, 0},
      work_{runtime.loop},
      progress_{runtime.loop} {
    find_place();
}

void sender::find_place() {
    const auto known = log_.read(&noted_place);
    const auto place = std::min(known ? *known : log_.read(&first_place), log_.head());
    epochs_ = log_.epochs();
    window_ = send_window{size_, place};
    // A new sender is written down before it sends anything, so that the log keeps what it has not sent.
    noted_ = known ? place : -1;
}

void sender::connected() {
    is_connected_ = true;
    window_.go_back();
    work_.notify();
}

void sender::lost() {
    is_connected_ = false;
    window_.go_back();
}

core::awaitable<void> sender::send() {
    while (true) {
        while (runtime_.time.monotonic() < paused_until_) co_await runtime_.time.sleep_until(paused_until_);
        trouble_.clear();
        while (is_connected_ && publish_some()) {
        }
        co_await work_.wait();
    }
}

// True when there may be more to send.
bool sender::publish_some() {
    const auto room = std::min(window_.room(), rows_at_a_time);
    if (room == 0) return false;
    const auto rows = log_.events_after(window_.next() - 1, room);
    for (const auto& row : rows) {
        core::test_point("before publish");
        if (!link_.publish(channel_, static_cast<std::uint64_t>(row.sequence),
                           message_of(exchange_, log_.name(), first_of(row.epoch), row)))
            return false;
        core::test_point("after publish");
        window_.sent(row.sequence);
    }
    return rows.size() == room;
}

void sender::confirmed(std::span<const confirmation> confirmations) {
    const auto before = window_.position();
    bool is_refused = false;
    bool is_unroutable = false;
    core::test_point("before confirm");
    for (const auto& one : confirmations) {
        // Nobody follows a log that no module is bound to: then that no queue takes it is as it should be.
        if (one.outcome == confirmation::outcome::taken ||
            (one.outcome == confirmation::outcome::unroutable && !is_followed_))
            window_.confirm(static_cast<std::int64_t>(one.id));
        else
            (one.outcome == confirmation::outcome::refused ? is_refused : is_unroutable) = true;
    }
    core::test_point("after confirm");
    if (is_unroutable)
        pause_unroutable();
    else if (is_refused)
        pause_refused();
    else if (window_.position() != before && trouble_.empty())
        is_refused_ = false;
    if (window_.position() != before) progress_.notify();
    work_.notify();
}

void sender::pause_unroutable() {
    trouble_ = "no queue takes the events of " + log_.name() + ": a binding is missing; nothing is lost";
    logger_.error("the broker has no queue for events; they are kept and sent again",
                  {{"log", log_.name()}, {"after", window_.position()}});
    pause(pause_when_unroutable);
    link_.declare_again("a binding is missing");
}

void sender::pause_refused() {
    trouble_ = "the broker refuses events of " + log_.name() + ", as a full queue does; nothing is lost";
    // Once, and not once for each attempt.
    if (!std::exchange(is_refused_, true))
        logger_.warning("the broker refuses events; they are kept and sent again",
                        {{"log", log_.name()}, {"after", window_.position()}});
    pause(pause_when_refused);
}

void sender::pause(std::chrono::seconds duration) {
    window_.go_back();
    paused_until_ = runtime_.time.monotonic() + duration;
}

core::awaitable<void> sender::note() {
    while (true) {
        const auto position = window_.position();
        if (noted_ < 0 || (position > noted_ && (window_.in_flight() == 0 || position - noted_ >= noteworthy))) {
            core::test_point("before send position");
            co_await log_.write({}, [position](storage::transaction& transaction) {
                transaction.execute(
                    "INSERT INTO log_followers (module, handler, sequence) VALUES (?1, '', ?2) "
                    "ON CONFLICT (module, handler) DO UPDATE SET sequence = excluded.sequence",
                    sender_name, position);
            });
            core::test_point("after send position");
            noted_ = position;
        }
        co_await progress_.wait();
    }
}

bool sender::has_sent_all() { return window_.position() >= log_.head(); }

std::int64_t sender::first_of(std::int64_t epoch) const {
    const auto found = std::ranges::find(epochs_, epoch, &storage::log_epoch::epoch);
    return found == epochs_.end() ? 1 : found->first_sequence;
}

}  // namespace bus::amqp
