#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <core/channel.hpp>

#include "bench.hpp"

namespace bench {
namespace {

constexpr std::int64_t count = 1'000'000;
constexpr std::size_t batch = 64;

double per_delivery(double took) { return took * 1e9 / static_cast<double>(count); }

template <class Channel>
double asio_channel(loop& loop) {
    Channel channel{loop.context.get_executor(), batch};
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

using one_thread = core::asio::experimental::channel<core::executor, void(boost::system::error_code, std::int64_t)>;
using any_thread =
    core::asio::experimental::concurrent_channel<core::executor, void(boost::system::error_code, std::int64_t)>;

core::awaitable<void> handle(std::int64_t value, std::int64_t& sum) {
    sum += value;
    co_return;
}

// As the Asio channels are measured: what is taken is added up on the spot.
double bare_own_channel(loop& loop) {
    core::channel<std::int64_t> channel{loop.context.get_executor(), batch};
    std::vector<std::int64_t> taken;
    std::int64_t sum = 0;
    const auto took = seconds([&] {
        for (std::int64_t i = 0; i < count; i += batch) {
            for (std::size_t k = 0; k < batch; ++k)
                if (!channel.try_push(i)) std::abort();
            taken.clear();
            (void)channel.take(taken, batch);
            for (const auto value : taken) sum += value;
        }
    });
    if (sum == 0) std::abort();
    return per_delivery(took);
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

}  // namespace

double channels() {
    loop loop;
    const auto reference = asio_channel<one_thread>(loop);
    report("a bare Asio channel, of one thread (try_send, try_receive)", reference, "ns");
    report("a bare Asio channel, of any thread", asio_channel<any_thread>(loop), "ns", reference);
    report("core::channel, of any thread, batch of 64", bare_own_channel(loop), "ns", reference);
    double awaited = 0;
    loop.run(own_channel(loop.context.get_executor(), awaited));
    report("core::channel to an awaited handler", awaited, "ns", reference);
    return reference;
}

}  // namespace bench
