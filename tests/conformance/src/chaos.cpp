#include "chaos.hpp"

#include <harness/co_test.hpp>
#include <stdexcept>

namespace conformance {
namespace {

constexpr int longest_delay = 4;  // turns of the loop

class torn_delivery final : public wrapped_delivery {
public:
    using wrapped_delivery::wrapped_delivery;
    core::awaitable<void> commit(unit) override {
        throw std::runtime_error{"chaos: the connection to the file is gone"};
        co_return;
    }
};

class done_delivery final : public wrapped_delivery {
public:
    using wrapped_delivery::wrapped_delivery;
    core::awaitable<void> commit(unit) override { co_return; }
};

core::awaitable<void> hand_over_without_commit(const event_function& handle, std::shared_ptr<const void> event,
                                               bus::delivery& delivery) {
    torn_delivery torn{delivery};
    try {
        co_await handle(std::move(event), torn);
    } catch (const std::exception&) {
        co_return;  // which the bus never hears of
    }
}

core::awaitable<void> hand_over_once_more(const event_function& handle, std::shared_ptr<const void> event,
                                          bus::delivery& delivery) {
    done_delivery done{delivery};
    co_await handle(std::move(event), done);
}

}  // namespace

void chaos::door::add(bus::event_handler handler) {
    for (auto& subscription : handler.subscriptions)
        subscription.handle = std::bind_front(&chaos::run, &owner_, std::move(subscription.handle));
    wrapped_endpoint::add(std::move(handler));
}

chaos::whim chaos::draw(std::int64_t attempt) {
    if (attempt > 1) return whim::none;
    const auto draw = random_() % 40;
    return draw < 5 ? static_cast<whim>(draw + 1) : whim::none;
}

core::awaitable<void> chaos::run(const event_function& handle, std::shared_ptr<const void> event,
                                 bus::delivery& delivery) {
    const auto what = draw(delivery.attempt());
    for (auto turns = random_() % longest_delay; turns > 0; --turns)
        co_await core::asio::post(harness::loop(), core::use_awaitable);
    if (what == whim::exception) throw std::runtime_error{"chaos"};
    if (what == whim::other_exception) throw 42;
    if (what == whim::twice_without_commit) co_await hand_over_without_commit(handle, event, delivery);
    co_await handle(event, delivery);
    if (what == whim::twice_with_commit) co_await hand_over_once_more(handle, event, delivery);
    if (what == whim::late_exception) throw std::runtime_error{"chaos, after the commit"};
}

}  // namespace conformance
