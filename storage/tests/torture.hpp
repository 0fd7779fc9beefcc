#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <storage/database.hpp>
#include <string>
#include <vector>

#include "fixture.hpp"

namespace storage::test {

// What the writers of a run were told. Any thread.
struct promises {
    std::set<std::int64_t> committed;  // ids of units
    std::set<std::int64_t> refused;    // ids of units that must never be seen
    std::int64_t done = 0;             // events that the handler has done
};

class ledger {
public:
    void note_committed(std::int64_t id);
    void note_refused(std::int64_t id);
    void note_done(std::int64_t sequence);
    [[nodiscard]] promises now() const;

private:
    mutable std::mutex mutex_;
    promises promises_;
};

// A business row and an event in one unit: what every module does.
core::awaitable<void> add_order(database& database, std::int64_t id);
// The effect of an event and the note that it is done in one unit: what every handler does.
core::awaitable<void> handle_order(database& database, std::int64_t sequence);

[[nodiscard]] database_settings torture_settings(const std::filesystem::path& folder, durability sync);

// Opens what a crash has left, by the door that the program uses, and says what is wrong with it; empty when nothing
// is. Without `must_keep` only what must hold in any case: rows and their events, effects and their notes belong
// together, and the log has no holes.
core::awaitable<std::string> violation_in(std::filesystem::path folder, promises told, bool must_keep);

}  // namespace storage::test
