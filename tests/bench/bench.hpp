#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <core/runtime.hpp>
#include <core/uuid.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

// Figures of single parts, each beside a reference in the same run. One line each: name, value, unit, ratio to the
// reference.
namespace bench {

class loop {
public:
    loop() = default;
    core::asio::io_context context{1};
    core::system_clock clock;
    core::uuid_generator ids{clock};
    core::log_hub logs{clock, core::log_level::error};
    core::metrics metrics;
    core::tracer traces{clock};
    core::runtime runtime{
        context.get_executor(), clock, ids, logs, metrics, traces, [](const core::fatal_error& reason) {
            std::fprintf(stderr, "%s\n", reason.what());
            std::abort();
        }};

    // Runs until the coroutine ends.
    void run(core::awaitable<void> body) {
        bool is_done = false;
        context.restart();
        core::asio::co_spawn(context.get_executor(), std::move(body), [&](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
            is_done = true;
        });
        auto guard = core::asio::make_work_guard(context);
        while (!is_done) context.run_one();
        context.poll();
    }
};

class folder {
public:
    folder() {
        auto name = (std::filesystem::current_path() / "busbar-bench-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path = name;
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() {
        std::error_code leftover;
        std::filesystem::remove_all(path, leftover);
    }
    std::filesystem::path path;
};

// Seconds that `work` takes.
inline double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline void report(const std::string& name, double value, const std::string& unit, double reference = 0) {
    if (reference > 0)
        std::printf("%-64s %12.1f %-6s %6.2f x\n", name.c_str(), value, unit.c_str(), value / reference);
    else
        std::printf("%-64s %12.1f %s\n", name.c_str(), value, unit.c_str());
    std::fflush(stdout);
}

void durable_units();
// Returns the nanoseconds of a bare Asio channel.
double channels();
void deliveries();
void password_hashes();
void spans();

}  // namespace bench
