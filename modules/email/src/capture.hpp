#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <string>

#include "outcome_counters.hpp"

namespace email {

// Takes out of the queue what goes to no server: it is kept here. Loop thread. The context outlives it.
class capture {
public:
    explicit capture(const bus::module_context& context);

    void start();
    // A mail was queued.
    void wake() { bell_.notify(); }
    core::awaitable<void> stop();

    [[nodiscard]] std::string trouble() const;

private:
    core::awaitable<void> work();

    bus::module_context context_;
    outcome_counters counters_;
    core::notifier bell_;
    bool stopping_ = false;
    core::task_group tasks_;
};

}  // namespace email
