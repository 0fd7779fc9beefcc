#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/exit.hpp>
#include <core/log.hpp>
#include <core/metrics.hpp>
#include <core/tracer.hpp>
#include <core/uuid.hpp>
#include <functional>

namespace core {

// What every part of a process shares. All of it outlives every part.
struct runtime {
    executor loop;
    clock& time;
    uuid_generator& ids;
    log_hub& logs;
    core::metrics& metrics;
    tracer& traces;
    // Ends the program with a reason, soon: what must not go on (a failed sync, damaged data) is told here. Any thread.
    std::function<void(const fatal_error&)> fail;

    [[nodiscard]] logger log_for(std::string module) const { return logger{logs, std::move(module)}; }
};

}  // namespace core
