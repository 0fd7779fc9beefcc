#pragma once

#include <bus/transport.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "copied_log.hpp"

namespace bus {

// What programs without a log of their own send to a module, as a log in its own file: so it is delivered, retried,
// parked and kept as a dead letter like everything else. A message that comes again is known by its id, as long as the
// row of the first is kept. Loop thread.
class outside_log final : public copied_log {
public:
    outside_log(core::tracer& traces, storage::database& own);

    // Durable when it returns. One call at a time. Throws storage::error.
    core::awaitable<void> take(std::vector<received_event> events);

    [[nodiscard]] std::int64_t head() override { return head_; }
    [[nodiscard]] std::int64_t known_head() override { return head_; }
    [[nodiscard]] std::int64_t end() override { return head_; }
    [[nodiscard]] core::awaitable<std::int64_t> newest() override { co_return head_; }
    [[nodiscard]] std::vector<storage::log_epoch> epochs() override { return {{epoch, 1}}; }
    // Rows are kept for the readers' places alone, so nothing need be noted elsewhere.
    core::awaitable<void> enlist(std::string, std::string, std::int64_t) override { co_return; }
    core::awaitable<void> note_place(core::origin, std::string, std::string, std::int64_t) override { co_return; }

private:
    static constexpr std::int64_t epoch = 1;  // the rows are in the file of those who read them: none is lost alone

    core::tracer& traces_;
    std::int64_t head_;
};

}  // namespace bus
