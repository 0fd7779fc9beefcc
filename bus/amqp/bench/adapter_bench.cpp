#include <boost/asio/co_spawn.hpp>
#include <bus/amqp/transport.hpp>
#include <bus/message_bus.hpp>
#include <bus/publish.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <storage/database.hpp>

#include "bare.hpp"
#include "connection.hpp"
#include "event_message.hpp"
#include "test_broker.hpp"

namespace bus::amqp::bench {
namespace {

struct happened {
    static constexpr auto message = bus::event("bench_source.happened", 1);
    std::string subject;
    std::string text;
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(happened, (), (subject, text))

// A process with one module, as long as it lives.
class process {
public:
    process(const std::filesystem::path& folder, const std::string& module, const std::string& prefix)
        : guard_{context_.get_executor()},
          database_{runtime_, {.folder = folder, .name = module, .migrations = {}}},
          bus_{runtime_, {}, make_transport(runtime_, settings_with(prefix))},
          door_{bus_.attach(module, &database_)} {}

    [[nodiscard]] endpoint& door() { return door_; }
    [[nodiscard]] storage::database& database() { return database_; }
    [[nodiscard]] message_bus& bus() { return bus_; }
    [[nodiscard]] core::executor loop() { return context_.get_executor(); }

    // Runs the loop until the coroutine has ended.
    void run(core::awaitable<void> work) {
        bool is_done = false;
        std::exception_ptr failure;
        core::asio::co_spawn(context_, std::move(work), [&](std::exception_ptr thrown) {
            failure = std::move(thrown);
            is_done = true;
        });
        while (!is_done) context_.run_one();
        if (failure) std::rethrow_exception(failure);
    }
    core::awaitable<void> until(std::function<bool()> condition) {
        while (!condition()) co_await clock_.sleep_for(std::chrono::milliseconds{1});
    }
    void stop() {
        run([](process& self) -> core::awaitable<void> {
            std::ignore = co_await self.bus_.stop(self.clock_.monotonic() + std::chrono::seconds{5});
        }(*this));
        database_.stop();
        context_.poll();
    }

private:
    static settings settings_with(const std::string& prefix) {
        settings options{.broker = test::broker_for_tests()};
        options.prefix = prefix;
        options.modules = {{"bench_source", {}}, {"bench_copy", {"bench_source"}}};
        return options;
    }

    core::asio::io_context context_{1};
    core::asio::executor_work_guard<core::executor> guard_;
    core::system_clock clock_;
    core::log_hub logs_{clock_, core::log_level::error};
    core::uuid_generator ids_{clock_};
    core::metrics metrics_;
    core::tracer traces_{clock_};
    core::runtime runtime_{context_.get_executor(),        clock_, ids_, logs_, metrics_, traces_,
                           [](const core::fatal_error&) {}};
    storage::database database_;
    message_bus bus_;
    endpoint& door_;
};

core::awaitable<void> fill(storage::database& database) {
    constexpr std::uint64_t at_a_time = 1000;
    for (std::uint64_t done = 0; done < messages; done += at_a_time)
        co_await database.write({}, [done](storage::transaction& transaction) {
            for (auto i = done; i < done + at_a_time; ++i)
                bus::publish(transaction, happened{"k" + std::to_string(i % 100), body.substr(0, 220)});
        });
}

// Lets no handler end before it is opened: what is measured meanwhile is the copying alone.
class gate {
public:
    explicit gate(const core::executor& loop) : opened_{loop, core::steady_timer::time_point::max()} {}
    core::awaitable<void> wait(const happened&, delivery&) {
        boost::system::error_code opened;
        if (!is_open_) co_await opened_.async_wait(core::asio::redirect_error(core::use_awaitable, opened));
    }
    void open() {
        is_open_ = true;
        opened_.cancel();
    }

private:
    bool is_open_ = false;
    core::steady_timer opened_;
};

// As names.cpp has it for a module that follows another.
void declare_way(const std::string& exchange, const std::string& queue) {
    connection connection{{test::broker_for_tests(), "bench", std::chrono::seconds{5}, std::chrono::seconds{0}}};
    connection.open();
    connection.sign_in();
    connection.open_channel(1);
    auto declared = quorum_queue(queue);
    declared.arguments.emplace_back("x-single-active-consumer", true);
    connection.declare(1, amqp::exchange{exchange, "topic"});
    connection.declare(1, declared);
    connection.bind(1, {queue, exchange, "bench_source.#"});
    connection.close(std::chrono::seconds{5});
}

cost publish(const std::filesystem::path& folder, const std::string& prefix) {
    process source{folder, "bench_source", prefix};
    source.run(fill(source.database()));
    const auto all = static_cast<std::int64_t>(messages);
    const auto result = measure([&] {
        source.bus().start();
        source.run(source.until([&] { return source.bus().sent("bench_source") == all; }));
    });
    source.stop();
    return result;
}

// Until all is in the file and acknowledged; with handlers that stand still, as slow ones do.
cost consume(const std::filesystem::path& folder, const std::string& prefix) {
    process copy{folder, "bench_copy", prefix};
    gate gate{copy.loop()};
    copy.door().on("count").event<happened>(std::bind_front(&gate::wait, &gate));
    const auto copied = [&] { return copy.bus().status().front().head; };
    const auto all = static_cast<std::int64_t>(messages);
    copy.bus().start();
    copy.run(copy.until([&] { return copied() > 0; }));
    const stopwatch stopwatch;
    const auto before = copied();
    copy.run(copy.until([&] { return copied() == all; }));
    const auto result = stopwatch.after(static_cast<std::uint64_t>(all - before));
    gate.open();
    copy.run(copy.until([&] { return copy.bus().is_quiet(); }));
    copy.stop();
    return result;
}

}  // namespace

void measure_adapter() {
    std::vector<cost> costs[5];
    // The bare library has the same to carry on the same way, headers included, but makes them once. One bare consumer
    // keeps nothing; the other has a row of each committed before it acknowledges it, as the adapter has.
    const storage::event_record record{1,
                                       1,
                                       "019a2f00-0000-7000-8000-000000000000",
                                       std::string{happened::message.name},
                                       1,
                                       "k1",
                                       {},
                                       core::trace_context::start().traceparent(),
                                       {},
                                       body};
    for (int run = 0; run < runs; ++run) {
        test::own_names names;
        const auto queue = names.queue();
        const auto exchange = names.exchange();
        const auto to_publish = message_of(exchange, "bench_source", 1, record);
        declare_way(exchange, queue);
        const auto folder = std::filesystem::temp_directory_path() / test::unique_name("bench");
        std::filesystem::create_directories(folder);
        const auto prefix = test::unique_name("bench");
        costs[0].push_back(measure([&] { publish_bare(to_publish); }));
        costs[1].push_back(publish(folder, prefix));
        costs[2].push_back(consume_bare(queue));
        publish_bare(to_publish);
        costs[3].push_back(copy_bare(queue, folder / "bare.db"));
        costs[4].push_back(consume(folder, prefix));
        std::filesystem::remove_all(folder);
        test::bare_client client;
        for (const auto* rest : {".bench_source", ".bench_copy", ".requests.bench_source", ".requests.bench_copy"})
            client.delete_queue(prefix + rest);
        for (const auto* rest : {".events", ".requests", ".signals"}) client.delete_exchange(prefix + rest);
    }
    print("publish", costs[0], "adapter", costs[1]);
    print("consume", costs[2], "adapter", costs[4]);
    print("copy", costs[3], "adapter", costs[4]);
}

}  // namespace bus::amqp::bench
