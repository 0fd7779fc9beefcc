#pragma once

#include <bus/module_context.hpp>
#include <core/task_group.hpp>
#include <logging/module.hpp>

namespace logging {

// Removes the oldest entries: those that are older than log.retention, some while the file uses more than log.max_size,
// and some to make room for new ones when the disk has none.
class retention {
public:
    retention(const bus::module_context& context, const settings& settings);

    void start();
    core::awaitable<void> stop();

private:
    core::awaitable<void> run();
    core::awaitable<void> remove(std::int64_t end);
    [[nodiscard]] std::int64_t removable_before();
    [[nodiscard]] bool needs_room();

    const bus::module_context& context_;
    const settings& settings_;
    core::task_group tasks_;
};

}  // namespace logging
