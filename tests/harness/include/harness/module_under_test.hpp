#pragma once

#include <bus/json.hpp>
#include <bus/message_bus.hpp>
#include <bus/module_context.hpp>
#include <bus/publish.hpp>
#include <chrono>
#include <core/embedded_file.hpp>
#include <filesystem>
#include <functional>
#include <harness/co_test.hpp>
#include <harness/recording.hpp>
#include <harness/world.hpp>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <storage/database.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harness {

// A module that runs, and how it is stopped before and after the bus.
struct running_module {
    std::shared_ptr<void> module{};
    std::function<core::awaitable<void>()> before_bus_stops{};
    std::function<core::awaitable<void>()> after_bus_stopped{};
    // False while it has work of its own to do that neither an event nor a request shows.
    std::function<bool()> is_idle{};
};

struct module_plan {
    std::string name;
    std::span<const core::embedded_file> migrations{};
    // Makes the module and lets it add its handlers. Called again by each reopen().
    std::function<running_module(const bus::module_context& context)> start;
};

enum class ending { clean, killed };

// One module alone: its own database in a temporary folder, in memory, the bus in wire mode, a clock that stands still.
// It runs when the constructor returns and is stopped by the destructor. Inside a CO_TEST only.
//
// Other modules are stand-ins: what the module asks of them, answer() tells; what they publish, publish_from(), into a
// log of their own that the module's handlers follow as they would the real one. When the test fails, everything that
// happened is printed by its causes.
//
// A module's tests derive a class of their own with the module's words.
class module_under_test {
public:
    explicit module_under_test(module_plan plan);
    module_under_test(const module_under_test&) = delete;
    module_under_test& operator=(const module_under_test&) = delete;
    virtual ~module_under_test();

    // Asks the module as the edge would, with a trace of its own, which has spans once world.traces has been started.
    // An error is a value, and the test looks at it. `idempotency_key`: see bus/once.hpp.
    template <bus::request_message R>
    core::awaitable<core::result<bus::answer_of<R>>> request(R message, std::string idempotency_key = {}) {
        bus::call call{.from = {core::trace_context::start(), {}}, .idempotency_key = std::move(idempotency_key)};
        const auto span = world.traces.enter("a test", core::span_kind::server, "outside", call.from.trace, true);
        const auto place = note_request(R::message.name, call.from);
        auto answer = co_await outside().request(std::move(message), call);
        notes_.requests[place].outcome = outcome_of(answer ? nullptr : &answer.error());
        co_await own_turn();
        co_return answer;
    }

    // Every event of this type that the module has published, in order.
    template <bus::event_message E>
    [[nodiscard]] std::vector<E> published() {
        std::vector<E> events;
        for (const auto& record : log_of(name()))
            if (record.type == E::message.name)
                events.push_back(bus::decode<E>(record.data, bus::reading::input).value());
        return events;
    }

    // Publishes in another module's name. Throws std::logic_error when the module follows nothing of it.
    template <bus::event_message E>
    core::awaitable<void> publish_from(std::string other, E event) {
        co_await stand_in_log(other).write(
            {core::trace_context::start(), {}},
            [&event](storage::transaction& transaction) { bus::publish(transaction, std::move(event)); });
        co_await own_turn();
    }

    // Answers the requests that the module makes of others; the last answer given for a type counts. Until then nobody
    // does: they fail with no_handler. `function`: core::result<answer_of<R>>(const R&).
    template <bus::request_message R, class Function>
    void answer(Function function) {
        stand_ins_.answer<R>([function = std::move(function)](R message, const bus::call&) {
            return call_stand_in<R, Function>(function, std::move(message));
        });
    }

    // Sends a signal as another module would.
    template <bus::signal_message S>
    void emit(S signal) {
        outside().emit(std::move(signal));
    }

    // Waits until everything that was caused is done: handlers, the events that they published, retries that are due,
    // the module's own work. What waits for the clock to move is not waited for.
    core::awaitable<void> finished();
    // Moves the clock on, from one timer to the next, with everything finished that each of them causes. Timers that
    // are close together, less than a two-hundredth of the whole, count as one.
    core::awaitable<void> advance(std::chrono::nanoseconds duration);

    // Ends the process and begins a new one on the same files: in order, or with nothing there but what was committed
    // when it was killed.
    core::awaitable<void> reopen(ending how = ending::clean);
    // Ends the process. What can be asked of it then is reopen() and the destructor.
    core::awaitable<void> stop();

    // Applies to what is delivered from now on.
    redelivery each_event = redelivery::never;

    [[nodiscard]] const std::string& name() const noexcept { return plan_.name; }
    [[nodiscard]] storage::database& database() { return *process_->database; }
    [[nodiscard]] const recording& notes() const noexcept { return notes_; }
    [[nodiscard]] std::vector<bus::handler_view> handlers() const { return process_->bus.status(); }
    // Rows of a table, by its name or with a WHERE behind it.
    [[nodiscard]] std::int64_t count(const std::string& what);
    // The causal tree.
    [[nodiscard]] std::string describe();

    harness::world world{medium::memory};

protected:
    template <class Module>
    [[nodiscard]] Module& module_as() {
        return *static_cast<Module*>(process_->running.module.get());
    }

private:
    // All that ends with a process.
    struct process {
        process(const core::runtime& runtime, const storage::database_settings& settings, module_under_test& test);

        std::unique_ptr<storage::database> database;
        std::map<std::string, std::unique_ptr<storage::database>> others;
        bus::message_bus bus;
        recording_endpoint door;
        bus::endpoint& outside;
        running_module running;
    };

    template <class R, class Function>
    static core::awaitable<core::result<bus::answer_of<R>>> call_stand_in(const Function& function, R message) {
        co_return function(message);
    }

    void open();
    void stop_databases();
    core::awaitable<void> keep_as_killed();
    void put_back_as_killed();
    [[nodiscard]] bool is_finished();
    [[nodiscard]] bool has_due_retries();
    [[nodiscard]] storage::database_settings settings_for(const std::string& name) const;
    [[nodiscard]] bus::endpoint& outside() { return process_->outside; }
    [[nodiscard]] storage::database& stand_in_log(const std::string& other);
    [[nodiscard]] std::vector<storage::event_record> log_of(const std::string& name);
    [[nodiscard]] std::size_t note_request(std::string_view name, const core::origin& from);

    module_plan plan_;
    recording notes_;
    stand_ins stand_ins_;
    std::unique_ptr<process> process_;
    bool is_stopped_ = false;
    failure_text failure_text_{[this] { return describe(); }};
};

}  // namespace harness
