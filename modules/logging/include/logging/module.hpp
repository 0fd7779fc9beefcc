#pragma once

#include <bus/module_context.hpp>
#include <chrono>
#include <core/async.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace logging {

struct settings {
    std::size_t queue = 16'384;  // entries that wait to be stored; the oldest are dropped and counted
    std::size_t batch = 4096;    // entries of one commit
    // After a commit of many entries, the pause for the next: a larger batch costs less for each.
    std::chrono::milliseconds gathering{50};
    std::chrono::milliseconds retention = std::chrono::hours{24 * 30};
    std::int64_t max_size = std::int64_t{1} << 30U;  // bytes of the file that may be in use
    // Asked now and then, on the loop: whether the disk is so full that the file should not grow.
    std::function<bool()> is_disk_full = [] { return false; };
    std::chrono::milliseconds trace_retention = std::chrono::hours{24 * 7};
    std::int64_t most_spans = 1'000'000;  // stored; beyond it the oldest traces are removed
};

// The log store: takes entry_recorded signals, stores them in batches, answers searches, tells followers. See
// messages.hpp.
//
// Besides, it keeps the spans of all processes as traces: see traces.hpp.
//
// What arrives faster than it can be stored is dropped, the oldest first; how many is stored as an entry of its own.
class module {
public:
    module(bus::module_context context, settings settings);
    module(const module&) = delete;
    module& operator=(const module&) = delete;
    ~module();

    void start();
    // Stores what has arrived and ends. The bus must have stopped before: it closes the listener.
    core::awaitable<void> stop();

private:
    class service;
    std::unique_ptr<service> service_;
};

}  // namespace logging
