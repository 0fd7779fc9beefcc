#include <bus/message_bus.hpp>
#include <bus/publish.hpp>
#include <optional>

#include "bench.hpp"

namespace bench {

struct number_sent {
    static constexpr auto message = bus::event("sender.number_sent", 1);
    std::int64_t number = 0;
    std::string group;
    [[nodiscard]] const std::string& key() const { return group; }
};
BOOST_DESCRIBE_STRUCT(number_sent, (), (number, group))

struct tick {
    static constexpr auto message = bus::signal("sender.tick", 1);
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(tick, (), (number))

struct double_it {
    static constexpr auto message = bus::request<tick>("receiver.double_it", 1);
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(double_it, (), (number))

namespace {

struct shape {
    bool wire_mode = false;
    int handlers = 1;

    [[nodiscard]] std::string text() const {
        return std::string{wire_mode ? ", wire, " : ", object, "} + std::to_string(handlers) +
               (handlers == 1 ? " handler" : " handlers");
    }
};

// Two modules on one bus, in a folder of their own.
class two_modules {
public:
    two_modules(loop& loop, shape shape) : loop_{loop}, bus_{loop.runtime, options(shape)} {
        sender_.emplace(loop.runtime, settings_for("sender"));
        receiver_.emplace(loop.runtime, settings_for("receiver"));
        sender_door_ = &bus_.attach("sender", &*sender_);
        receiver_door_ = &bus_.attach("receiver", &*receiver_);
    }
    two_modules(const two_modules&) = delete;
    two_modules& operator=(const two_modules&) = delete;
    ~two_modules() {
        loop_.run(stop());
        sender_->stop();
        receiver_->stop();
        loop_.context.poll();
    }

    [[nodiscard]] storage::database& sender() { return *sender_; }
    [[nodiscard]] bus::endpoint& sender_door() { return *sender_door_; }
    [[nodiscard]] bus::endpoint& receiver_door() { return *receiver_door_; }
    void start() { bus_.start(); }
    core::awaitable<void> until_quiet() {
        while (!bus_.is_quiet()) co_await core::asio::post(loop_.context.get_executor(), core::use_awaitable);
    }

private:
    static bus::settings options(shape shape) {
        bus::settings settings;
        settings.wire_mode = shape.wire_mode;
        return settings;
    }
    [[nodiscard]] storage::database_settings settings_for(const std::string& name) const {
        storage::database_settings settings;
        settings.folder = folder_.path;
        settings.name = name;
        return settings;
    }
    core::awaitable<void> stop() {
        if (!(co_await bus_.stop(loop_.clock.monotonic())).empty()) std::abort();
    }

    loop& loop_;
    folder folder_;
    std::optional<storage::database> sender_;
    std::optional<storage::database> receiver_;
    bus::message_bus bus_;
    bus::endpoint* sender_door_ = nullptr;
    bus::endpoint* receiver_door_ = nullptr;
};

double nanoseconds_each(double took, std::int64_t deliveries) { return took * 1e9 / static_cast<double>(deliveries); }

core::awaitable<core::result<tick>> answer(double_it request, bus::call) { co_return tick{request.number * 2}; }

core::awaitable<void> ask(bus::endpoint& door, core::clock& clock, std::int64_t many) {
    for (std::int64_t i = 0; i < many; ++i)
        if (!co_await door.request(double_it{i}, {.deadline = clock.monotonic() + std::chrono::seconds{10}}))
            std::abort();
}

double requests(shape shape) {
    constexpr std::int64_t many = 100'000;
    loop loop;
    two_modules modules{loop, shape};
    modules.receiver_door().answer<double_it>(&answer);
    modules.start();
    return nanoseconds_each(seconds([&] { loop.run(ask(modules.sender_door(), loop.clock, many)); }), many);
}

double signals(shape shape) {
    constexpr std::int64_t many = 500'000;
    constexpr std::size_t at_a_time = 64;
    loop loop;
    two_modules modules{loop, shape};
    std::vector<bus::endpoint::listener<tick>> listeners;
    for (int i = 0; i < shape.handlers; ++i) listeners.push_back(modules.receiver_door().listen<tick>(at_a_time));
    modules.start();
    std::int64_t sum = 0;
    const auto took = seconds([&] {
        for (std::int64_t i = 0; i < many; i += at_a_time) {
            for (std::size_t k = 0; k < at_a_time; ++k) modules.sender_door().emit(tick{i});
            for (auto& listener : listeners)
                for (const auto& one : listener.take(at_a_time)) sum += one.number;
        }
    });
    if (sum == 0) std::abort();
    return nanoseconds_each(took, many * shape.handlers);
}

core::awaitable<void> publish(storage::database& database, std::int64_t many, std::int64_t at_a_time) {
    for (std::int64_t i = 0; i < many; i += at_a_time)
        co_await database.write({}, [i, at_a_time](storage::transaction& transaction) {
            for (std::int64_t k = 0; k < at_a_time; ++k)
                bus::publish(transaction, number_sent{i + k, std::to_string(k % 500)});
        });
}

core::awaitable<void> publish_and_finish(two_modules& modules, std::int64_t many) {
    co_await publish(modules.sender(), many, 500);
    co_await modules.until_quiet();
}

// From before its commit until every handler's note of it is durable.
double events(shape shape, bool commits) {
    constexpr std::int64_t many = 20'000;
    loop loop;
    two_modules modules{loop, shape};
    std::int64_t handled = 0;
    for (int i = 0; i < shape.handlers; ++i)
        modules.receiver_door()
            .on("count " + std::to_string(i))
            .event<number_sent>(
                [&handled, commits](const number_sent&, bus::delivery& delivery) -> core::awaitable<void> {
                    ++handled;
                    if (commits) co_await delivery.commit([](storage::transaction&) {});
                });
    modules.start();
    const auto took = seconds([&] { loop.run(publish_and_finish(modules, many)); });
    if (handled != many * shape.handlers) std::abort();
    return nanoseconds_each(took, many * shape.handlers);
}

}  // namespace

void deliveries() {
    const auto reference = channels();
    for (const bool wire_mode : {false, true})
        report("a request and its answer, with deadline" + shape{wire_mode}.text(), requests({wire_mode}), "ns",
               reference);
    for (const bool wire_mode : {false, true})
        for (const int handlers : {1, 4}) {
            const shape shape{wire_mode, handlers};
            report("a signal" + shape.text(), signals(shape), "ns", reference);
        }
    for (const bool wire_mode : {false, true})
        for (const int handlers : {1, 4}) {
            const shape shape{wire_mode, handlers};
            const auto took = events(shape, false);
            report("a durable event end to end" + shape.text(), took, "ns", reference);
            report("  the same with a commit of each handler", events(shape, true), "ns", reference);
        }
}

}  // namespace bench
