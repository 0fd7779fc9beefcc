#include <boost/asio/experimental/channel.hpp>
#include <bus/memory_bus.hpp>
#include <bus/publish.hpp>
#include <core/channel.hpp>

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

constexpr std::int64_t count = 1'000'000;
constexpr std::size_t batch = 64;

double per_delivery(double took, std::int64_t deliveries = count) {
    return took * 1e9 / static_cast<double>(deliveries);
}

double asio_channel(loop& loop) {
    core::asio::experimental::channel<core::executor, void(boost::system::error_code, std::int64_t)> channel{
        loop.context.get_executor(), batch};
    std::int64_t sum = 0;
    const auto took = seconds([&] {
        for (std::int64_t i = 0; i < count; i += batch) {
            for (std::size_t k = 0; k < batch; ++k) channel.try_send(boost::system::error_code{}, i);
            while (channel.try_receive([&](boost::system::error_code, std::int64_t value) { sum += value; })) {
            }
        }
    });
    if (sum == 0) std::abort();
    return per_delivery(took);
}

core::awaitable<void> handle(std::int64_t value, std::int64_t& sum) {
    sum += value;
    co_return;
}

core::awaitable<void> own_channel(core::executor executor, double& result) {
    core::channel<std::int64_t> channel{executor, batch};
    std::vector<std::int64_t> taken;
    std::int64_t sum = 0;
    const auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < count; i += batch) {
        for (std::size_t k = 0; k < batch; ++k)
            if (!channel.try_push(i)) std::abort();
        taken.clear();
        (void)channel.take(taken, batch);
        for (const auto value : taken) co_await handle(value, sum);
    }
    result = per_delivery(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

core::awaitable<core::result<tick>> answer(double_it request, bus::call) { co_return tick{request.number * 2}; }

core::awaitable<void> requests(bus::endpoint& door, core::clock& clock, std::int64_t many) {
    for (std::int64_t i = 0; i < many; ++i)
        if (!co_await door.request(double_it{i}, {.deadline = clock.monotonic() + std::chrono::seconds{10}}))
            std::abort();
}

core::awaitable<void> publish(storage::database& database, std::int64_t many) {
    for (std::int64_t i = 0; i < many; i += 500)
        co_await database.write({}, [i](storage::transaction& transaction) {
            for (std::int64_t k = 0; k < 500; ++k) bus::publish(transaction, number_sent{i + k, std::to_string(k)});
        });
}

core::awaitable<void> until_quiet(loop& loop, bus::memory_bus& bus) {
    while (!bus.is_quiet()) co_await core::asio::post(loop.context.get_executor(), core::use_awaitable);
}

core::awaitable<void> stop(bus::memory_bus& bus, loop& loop) {
    if (!(co_await bus.stop(loop.clock.monotonic())).empty()) std::abort();
}

// Events that are committed already: from the log or the ring to the handler, each noted as done.
double events(bool commits, std::int64_t many) {
    loop loop;
    const folder folder;
    storage::database_settings settings;
    settings.folder = folder.path;
    settings.name = "sender";
    storage::database sender{loop.runtime, settings};
    settings.name = "receiver";
    storage::database receiver{loop.runtime, settings};
    loop.run(publish(sender, many));

    bus::memory_bus bus{loop.runtime, {}};
    (void)bus.attach("sender", &sender);
    auto& door = bus.attach("receiver", &receiver);
    std::int64_t handled = 0;
    door.on("count").event<number_sent>(
        [&handled, commits](const number_sent&, bus::delivery& delivery) -> core::awaitable<void> {
            ++handled;
            if (commits) co_await delivery.commit([](storage::transaction&) {});
        });
    const auto took = seconds([&] {
        bus.start();
        loop.run(until_quiet(loop, bus));
    });
    if (handled != many) std::abort();
    loop.run(stop(bus, loop));
    sender.stop();
    receiver.stop();
    loop.context.poll();
    return static_cast<double>(many) / took;
}

}  // namespace

void deliveries() {
    loop loop;
    const auto reference = asio_channel(loop);
    report("a delivery, bare Asio channel (try_send, try_receive)", reference, "ns");
    double own = 0;
    loop.run(own_channel(loop.context.get_executor(), own));
    report("a delivery, core::channel to an awaited handler, batch of 64", own, "ns", reference);

    bus::memory_bus bus{loop.runtime, {}};
    auto& door = bus.attach("receiver", nullptr);
    door.answer<double_it>(&answer);
    constexpr std::int64_t many = 200'000;
    const auto took = seconds([&] { loop.run(requests(door, loop.clock, many)); });
    report("a request and its answer, with deadline", per_delivery(took, many), "ns", reference);
    loop.run(stop(bus, loop));

    report("events handled, with a commit of the handler", events(true, 50'000), "/s");
    report("events handled, without", events(false, 50'000), "/s");
}

}  // namespace bench
