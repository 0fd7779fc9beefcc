#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <cstdint>

#include "word_rows.hpp"

namespace product {

// Puts the words of what has changed in the catalogue into its index, many products at a time: one by one it takes more
// than twice as long (see the README). That happens some time after the change, or when somebody searches, who waits
// for it. What is left to do stands in the file, so a start goes on with it.
//
// Loop thread. stop() before the destructor.
class word_index {
public:
    explicit word_index(const bus::module_context& context);

    void start();
    core::awaitable<void> stop();

    // Products have changed, and their commit is done.
    void note_change();

    // Returns when the words of all that was noted can be found; false when that took until the deadline. A disk that
    // takes nothing is not waited for: what changed in the last moments before is not found then.
    core::awaitable<bool> catch_up(core::monotonic_time deadline);

    // A search has found the index damaged.
    core::awaitable<void> start_over();

    // Begins to make a new index; until it is done the old one is searched.
    core::awaitable<void> rebuild();

private:
    core::awaitable<void> run();
    core::awaitable<word_rows::state> turn();
    void work_at_once();
    void tell_of_damage();

    bus::module_context context_;
    // What is left from the last time counts as one.
    std::uint64_t changes_ = 1;
    std::uint64_t indexed_ = 0;
    core::notifier changed_;
    core::notifier plenty_;
    core::task_group tasks_;
};

}  // namespace product
