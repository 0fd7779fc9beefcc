#include <atomic>
#include <bus/publish.hpp>

#include "helpers.hpp"

using namespace std::chrono_literals;

// N1, that a handler cannot change an event, is tests/compile_fail/handler_changes_event.cpp.
namespace conformance {

CONFORMANCE_AREA(N);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

std::atomic<int> alive{0};

struct counted {
    counted() { ++alive; }
    counted(const counted&) { ++alive; }
    counted& operator=(const counted&) = default;
    ~counted() { --alive; }
};

struct bulky {
    static constexpr auto message = bus::event("producer.bulky", 1);
    std::string subject;
    std::int64_t number = 0;
    std::string text{};
    counted count{};  // is no field: it does not travel
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(bulky, (), (subject, number, text))

}  // namespace

CONFORMANCE_TEST(N, N2_objects_that_wait_for_their_handler_stay_within_their_bound, capability::objects,
                 capability::calm) {
    constexpr int at_a_time = 10;
    const int count = scaled(5'000);
    bool gate = false;
    stage.settings.ring = 64;
    stage.settings.window = 32;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h", 4).event<bulky>([&](const bulky& event, bus::delivery& delivery) -> core::awaitable<void> {
            co_await harness::eventually([&gate] { return gate; });
            co_await stage.note("h", event.subject, event.number, delivery);
        });
    });
    stage.start();
    int most = 0;

    for (int done = 0; done < count; done += at_a_time) {
        co_await stage.write(producer, [done](storage::transaction& transaction) {
            for (int i = 1; i <= at_a_time; ++i)
                bus::publish(transaction, bulky{"k" + std::to_string(i), done + i, std::string(10'000, 'x')});
        });
        most = std::max(most, alive.load());
    }
    gate = true;
    co_await stage.quiet();

    EXPECT_LE(most, 64 + 32 + 4 + at_a_time);
    EXPECT_GE(most, 32) << "there was no object at all, so this test has shown nothing";
    EXPECT_EQ(stage.effects(), count);
}

CONFORMANCE_TEST(N, N3_what_no_ring_told_of_is_found_within_a_second, capability::ring) {
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();
    stage.system().lose_ring();
    stage.is_waived = true;  // what was published is counted where the ring is

    co_await stage.publish(happened{"other", 2});
    co_await harness::settle();
    EXPECT_EQ(stage.effects(), 1);
    stage.world.clock.advance(1s);
    co_await harness::settle();
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 2);
}

}  // namespace conformance
