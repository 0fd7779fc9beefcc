#pragma once

#include <storage/database.hpp>
#include <storage/replica_log.hpp>
#include <string>
#include <utility>
#include <vector>

#include "follower.hpp"

namespace bus {

// A log whose rows are in the file of the module that follows it, because its source is elsewhere. Loop thread.
class copied_log : public followed_log {
public:
    // Whose followers read it; before they start.
    void add_reader(follower& reader) { readers_.push_back(&reader); }
    // Removes what every reader is past, and that is older.
    core::awaitable<void> forget_old(core::timestamp older_than);

    [[nodiscard]] const std::string& name() const noexcept override { return rows_.name(); }
    [[nodiscard]] bool is_copy() const noexcept override { return true; }
    [[nodiscard]] std::vector<storage::event_record> events_after(std::int64_t sequence, std::size_t most) override;
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::string>> types_between(std::int64_t after,
                                                                                  std::int64_t up_to) override;
    [[nodiscard]] std::int64_t first_sequence() override;
    [[nodiscard]] std::optional<std::int64_t> first_sequence_since(core::timestamp time) override;

protected:
    copied_log(storage::database& own, std::string log) : own_{own}, rows_{std::move(log)} {}

    // All of them are past this; nothing while one does not know its place yet.
    [[nodiscard]] std::optional<std::int64_t> slowest();
    void ring(const std::vector<storage::committed_event>& appended);

    storage::database& own_;
    storage::replica_log rows_;
    std::vector<follower*> readers_{};
};

}  // namespace bus
