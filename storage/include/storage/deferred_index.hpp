#pragma once

#include <chrono>
#include <core/async.hpp>
#include <core/notifier.hpp>
#include <core/runtime.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <functional>
#include <storage/database.hpp>
#include <string>

namespace storage {

enum class index_state {
    damaged,     // it did not fit its table; it was emptied, and all has to be put in again
    incomplete,  // there are changes that cannot be found yet
    filling,     // all can be found, and a new index is being made beside
    complete,
};

// An index that costs too much to be kept up row by row, as FTS5 does: it is brought up to date in steps, many rows at
// a time, some time after they have changed or when somebody searches, who waits for it. What is left to do has to
// stand in the file, so that a start goes on with it.
//
// Loop thread. stop() before the destructor; the database outlives it.
class deferred_index {
public:
    // Brings some of what has changed into the index. Writer thread, in a transaction of its own.
    using step = std::function<index_state(transaction&)>;

    deferred_index(const core::runtime& runtime, database& database, const core::logger& log, std::string name,
                   step step);

    void start();
    core::awaitable<void> stop();

    // Rows have changed, and their commit is done.
    void note_change();
    // The same, and it is not to wait.
    void work_at_once();

    // Returns when all that was noted can be found; false when that took until the deadline. A disk that takes nothing
    // is not waited for: what changed in the last moments before is not found then.
    core::awaitable<bool> catch_up(core::monotonic_time deadline);

    // A search has found it damaged. `empty` makes it an index that holds nothing; all is put in again from there.
    core::awaitable<void> start_over(std::function<void(transaction&)> empty);

private:
    core::awaitable<void> run();
    core::awaitable<index_state> turn();
    void tell_of_damage() const;

    core::clock& time_;
    database& database_;
    core::logger log_;
    const std::string name_;
    const step step_;
    // What is left from the last time counts as one.
    std::uint64_t changes_ = 1;
    std::uint64_t indexed_ = 0;
    core::notifier changed_;
    core::notifier plenty_;
    core::task_group tasks_;
};

}  // namespace storage
