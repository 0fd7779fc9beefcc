#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "confirm_ledger.hpp"
#include "dice.hpp"
#include "readable_log.hpp"
#include "rules.hpp"

namespace simulation {

struct broker_message {
    row record;
    std::int64_t first_of_epoch = 0;
};

struct broker_delivery {
    std::uint64_t tag = 0;
    broker_message message;
};

// A broker with one queue, one who publishes and one who consumes, and the network between them. It keeps what it has
// confirmed until it is acknowledged, and may lose, repeat and mix up everything else.
class simulated_broker {
public:
    simulated_broker(dice& dice, world world, outside_coverage& seen);

    // The publisher's connection. What it was about to say, the broker may still read after the loss.
    [[nodiscard]] bool has_publisher() const noexcept { return has_publisher_; }
    void connect_publisher() { has_publisher_ = true; }
    void lose_publisher();
    void publish(broker_message message);
    // What has come of the broker's answers, as the real ledger reads them.
    [[nodiscard]] std::vector<bus::amqp::confirmation> take_answers();

    // The consumer's connection, which is there again at once. What it had comes again.
    void lose_consumer();
    [[nodiscard]] std::optional<broker_delivery> deliver();
    void acknowledge_up_to(std::uint64_t tag);

    // Reads a message that was published, answers for one.
    [[nodiscard]] bool read();
    [[nodiscard]] bool confirm();
    // Loses both connections, and of what it has not confirmed what it likes.
    void die();

    [[nodiscard]] bool has_confirmed(const storage::event_record& record) const {
        return confirmed_.contains({record.epoch, record.sequence});
    }

private:
    struct kept_message {
        broker_message message;
        std::uint64_t number = 0;  // in the order of arrival
        bool is_safe = false;      // confirmed, so no death takes it
    };
    struct outgoing {
        std::uint64_t tag = 0;
        broker_message message;
    };
    struct open_answer {
        std::uint64_t tag = 0;
        bool is_taken = true;
        row record;
        std::uint64_t number = 0;  // 0: it is in no queue
    };
    struct answer {
        std::uint64_t tag = 0;
        bool is_multiple = false;
        bool is_taken = true;
        bool is_return = false;
    };

    [[nodiscard]] std::uint64_t keep(broker_message message);
    void read_published();
    void settle(const open_answer& open);

    dice& dice_;
    const world world_;
    outside_coverage& seen_;
    std::deque<kept_message> queue_;
    std::deque<std::pair<std::uint64_t, kept_message>> delivered_;  // by tag
    std::uint64_t last_number_ = 0;
    std::uint64_t last_tag_ = 0;
    std::set<std::pair<std::int64_t, std::int64_t>> confirmed_;  // epoch, sequence

    bool has_publisher_ = false;
    bus::amqp::confirm_ledger ledger_;  // at the publisher's end of the connection
    std::deque<outgoing> pipe_;         // on its way to the broker
    std::deque<broker_message> late_;   // the same of a connection that was lost
    std::deque<open_answer> open_;
    std::deque<answer> answers_;  // on their way to the publisher
};

}  // namespace simulation
