#pragma once

#include <bus/module_context.hpp>
#include <core/task_group.hpp>
#include <logging/module.hpp>
#include <logging/traces.hpp>
#include <vector>

namespace logging {

// The part of the module that keeps spans and answers questions about traces. Loop thread. The context outlives it.
class trace_service {
public:
    trace_service(const bus::module_context& context, const settings& options);

    void start();
    // Stores what has arrived and ends. The bus must have stopped before.
    core::awaitable<void> stop();

private:
    core::awaitable<void> store();
    core::awaitable<void> remove_old();
    // Those that began before `time`, and the oldest until no more than `most` spans are left.
    core::awaitable<void> remove(core::timestamp time, std::int64_t most);
    core::awaitable<core::result<trace_view>> get(get_trace wanted, bus::call call);
    core::awaitable<core::result<trace_page>> search(search_traces query, bus::call call);

    const bus::module_context& context_;
    const settings& settings_;
    bus::endpoint::listener<spans_recorded> spans_;
    std::vector<spans_recorded> unstored_;
    core::task_group tasks_;    // ended by cancellation
    core::task_group storing_;  // ends when the listener is closed
};

}  // namespace logging
