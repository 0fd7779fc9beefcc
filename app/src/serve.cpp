#include <sodium.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <core/task_group.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "commands.hpp"
#include "log_metrics.hpp"
#include "loop_watchdog.hpp"
#include "module_settings.hpp"
#include "process.hpp"
#include "ready.hpp"

namespace app {
namespace {

using core::exit_code;

core::log_format format_of(const config::log_settings& log) {
    return log.format.value_or(::isatty(STDERR_FILENO) != 0 ? core::log_format::text : core::log_format::json);
}

bool wants_colour() {
    const char* refused = std::getenv("NO_COLOR");
    return ::isatty(STDERR_FILENO) != 0 && (refused == nullptr || *refused == '\0');
}

// One run of the server, from the first line of the log to the last.
class server_run {
public:
    server_run(const command& command, const config::loaded& configuration)
        : command_{command},
          configuration_{configuration},
          terminal_{format_of(configuration.values.log), wants_colour()},
          logs_{clock_, configuration.values.log.level} {
        logs_.add(terminal_);
        logs_.add(stored_);
        logs_.add(counted_);
    }

    exit_code run() {
        core::asio::signal_set hang_ups{context_, SIGHUP};  // first, so that none ends the process
        process_.emplace(runtime_, configuration_.values, stored_);
        core::asio::signal_set signals{context_, SIGINT, SIGTERM};
        core::task_group tasks{context_.get_executor(), clock_, log_};
        tasks.spawn("signals", wait_for_signals(signals));
        tasks.spawn_restarting("hang-ups", [this, &hang_ups] { return wait_for_hang_ups(hang_ups); });
        tasks.spawn("shutdown", shut_down(tasks));
        tasks.spawn("start", start());
        const loop_watchdog watchdog{context_.get_executor(), std::chrono::seconds{1}, stand_still_.count(),
                                     [this] { give_up_on_loop(); }};
        context_.run();
        process_.reset();
        if (fatal_) throw core::fatal_error{*fatal_};
        return exit_code::done;
    }

private:
    // On the loop, so that what cannot be started is stopped like everything else.
    core::awaitable<void> start() {
        try {
            process_->start();
            while (process_->is_starting()) co_await clock_.sleep_for(std::chrono::milliseconds{5});
            if (!is_ending_) announce();
        } catch (const core::fatal_error& reason) {
            fail(reason);
        } catch (const std::exception& failure) {
            if (core::is_cancellation(std::current_exception())) throw;  // stopped while it was connecting
            fail({exit_code::internal, failure.what()});
        }
    }

    void announce() {
        const auto facts = ready_now();
        if (command_.ready_file) write_ready_file(*command_.ready_file, facts);
        write_serving_file(configuration_.values.data.dir, facts);
        is_announced_ = true;
        std::fputs(ready_banner(configuration_.values, facts, process_->new_console_link()).c_str(), stdout);
        std::fflush(stdout);
    }

    [[nodiscard]] ready_facts ready_now() const {
        const auto& edge = process_->edge();
        return {.http = edge.http_address(),
                .admin = edge.admin_address(),
                .public_url = process_->public_url(),
                .start_time = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - started_),
                .public_key_pin = edge.public_key_pin()};
    }

    // Any thread: the writer of a database may be the one who finds the disk broken.
    void fail(const core::fatal_error& reason) {
        {
            const std::lock_guard lock{mutex_};
            if (!fatal_) fatal_ = reason;
        }
        log_.error("the process has to end", {{"reason", reason.what()}});
        stop_.notify();
    }

    core::awaitable<void> wait_for_signals(core::asio::signal_set& signals) {
        co_await signals.async_wait(core::use_awaitable);
        stop_.notify();
        log_.info("stopping: what was begun is finished; a second signal stops at once");
        co_await signals.async_wait(core::use_awaitable);
        std::_Exit(static_cast<int>(exit_code::no));
    }

    // Once a certificate was renewed. The other commands have to know the server by the new one.
    core::awaitable<void> wait_for_hang_ups(core::asio::signal_set& hang_ups) {
        while (true) {
            co_await hang_ups.async_wait(core::use_awaitable);
            process_->reload_certificate();
            if (is_announced_ && !is_ending_) write_serving_file(configuration_.values.data.dir, ready_now());
        }
    }

    core::awaitable<void> shut_down(core::task_group& tasks) {
        co_await stop_.wait();
        is_ending_ = true;
        const auto grace = configuration_.values.shutdown.grace;
        overdue_ = std::thread{[this, grace] { enforce(grace); }};
        remove_serving_file(configuration_.values.data.dir);
        try {
            co_await process_->stop(grace);
        } catch (const std::exception& failure) {
            fail({exit_code::internal, std::string{"the end was not clean: "} + failure.what()});
        }
        {
            const std::lock_guard lock{mutex_};
            is_stopped_ = true;
        }
        stopped_.notify_all();
        overdue_.join();
        tasks.stop();
    }

    // A drain that hangs must not keep the process: the data is safe at every moment, so the end may be abrupt.
    void enforce(std::chrono::milliseconds grace) {
        std::unique_lock lock{mutex_};
        if (stopped_.wait_for(lock, grace, [this] { return is_stopped_; })) return;
        // Not by way of the log: its thread may be what hangs.
        if (fatal_) std::fprintf(stderr, "busbar: %s\n", fatal_->what());
        std::fputs("busbar: what was begun did not finish in time; it goes on at the next start\n", stderr);
        std::_Exit(static_cast<int>(fatal_ ? fatal_->code() : exit_code::done));
    }

    // Not by way of the log, which may need the loop.
    void give_up_on_loop() {
        std::fprintf(
            stderr,
            "busbar: the event loop has stood still for %lld s, so a handler computes without end; the "
            "process ends. Start it again: what ran is counted as failed, and a dead letter after some times\n",
            static_cast<long long>(stand_still_.count()));
        std::_Exit(static_cast<int>(exit_code::internal));
    }

    const command& command_;
    const config::loaded& configuration_;
    // Never so short that a busy machine could be taken for a hanging handler.
    const std::chrono::seconds stand_still_ = std::max(
        std::chrono::seconds{10}, std::chrono::ceil<std::chrono::seconds>(configuration_.values.bus.handler_timeout));
    core::system_clock clock_;
    const core::monotonic_time started_ = clock_.monotonic();
    core::terminal_log terminal_;
    signal_log stored_;
    core::log_hub logs_;
    core::logger log_{logs_, "app"};
    core::uuid_generator ids_{clock_};
    core::asio::io_context context_{1};
    core::notifier stop_{context_.get_executor()};
    core::metrics metrics_;
    log_metrics counted_{metrics_, terminal_};
    core::tracer traces_{clock_, trace_rules_of(configuration_.values)};
    core::runtime runtime_{
        context_.get_executor(), clock_, ids_, logs_, metrics_, traces_, [this](const core::fatal_error& reason) {
            fail(reason);
        }};
    std::optional<process> process_;
    bool is_announced_ = false;  // loop thread, as the next
    bool is_ending_ = false;

    std::mutex mutex_;
    std::condition_variable stopped_;
    bool is_stopped_ = false;
    std::optional<core::fatal_error> fatal_;
    std::thread overdue_;
};

}  // namespace

exit_code serve(const command& command, const config::loaded& configuration) {
    if (sodium_init() < 0) throw core::fatal_error{exit_code::internal, "libsodium cannot be used on this machine"};
    return server_run{command, configuration}.run();
}

}  // namespace app
