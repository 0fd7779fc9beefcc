#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "dice.hpp"
#include "rules.hpp"
#include "send_window.hpp"
#include "simulated_broker.hpp"
#include "simulated_source.hpp"

namespace simulation {

// What bus::amqp::sender does around the real send_window.
class simulated_sender {
public:
    simulated_sender(simulated_source& source, simulated_broker& broker, dice& dice, mutant without,
                     outside_coverage& seen);

    // With the process: its place is that which is written down.
    void start();

    // Each does one step, and says whether there was one.
    [[nodiscard]] bool publish_some();
    [[nodiscard]] bool hear();
    [[nodiscard]] bool note();

    // Everything up to here is with the broker.
    [[nodiscard]] std::int64_t position() const noexcept { return window_.position(); }
    // It wrote down that the broker has something that the broker never said it had.
    [[nodiscard]] bool has_noted_too_much() const noexcept { return has_noted_too_much_; }

private:
    void publish(const row& record);

    simulated_source& source_;
    simulated_broker& broker_;
    dice& dice_;
    const mutant without_;
    outside_coverage& seen_;
    std::vector<storage::log_epoch> epochs_;
    bus::amqp::send_window window_{0, 0};
    std::int64_t noted_ = -1;
    bool has_started_ = false;
    bool has_noted_too_much_ = false;
    std::set<std::pair<std::int64_t, std::int64_t>> published_;
};

}  // namespace simulation
