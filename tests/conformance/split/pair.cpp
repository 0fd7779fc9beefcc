#include "pair.hpp"

#include <bus/publish.hpp>
#include <bus/transport.hpp>
#include <cstdlib>

#include "helpers.hpp"
#include "memory_adapter.hpp"

namespace conformance {
namespace {

constexpr int turns_of_a_millisecond = 4;

std::uint64_t split_seed() {
    const auto* seed = std::getenv("BUSBAR_SPLIT_SEED");
    return seed == nullptr ? std::random_device{}() : std::stoull(seed);
}

core::awaitable<void> fail_now_and_then(const happened& event, bus::delivery& delivery) {
    if (event.number % 29 == 0 && delivery.attempt() == 1) throw std::runtime_error{"at first"};
    co_return;
}

}  // namespace

std::vector<fixture> fixtures() {
    return {{memory_adapter(false), false}, {memory_adapter(true), false}, {memory_adapter(true), true}};
}

moments::moments() : moments{split_seed()} {}
moments::moments(std::uint64_t seed)
    : random_{seed}, trace_{__FILE__, __LINE__, "BUSBAR_SPLIT_SEED=" + std::to_string(seed)} {}

int moments::up_to(int most) { return std::uniform_int_distribution<int>{0, most}(random_); }

core::awaitable<void> moments::pass(stage& stage, int most_turns) {
    for (int turn = up_to(most_turns); turn > 0; --turn) {
        co_await core::asio::post(harness::loop(), core::use_awaitable);
        if (turn % turns_of_a_millisecond == 0) stage.world.clock.advance(std::chrono::milliseconds{1});
    }
}

void cast_traffic(stage& stage) {
    stage.equip(consumer_1, [&stage](bus::endpoint& door) {
        door.on("h").event<happened>([&stage](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
            co_await fail_now_and_then(event, delivery);
            co_await stage.note("h", event.subject, event.number, delivery, [&](storage::transaction& transaction) {
                bus::publish(transaction, answered{event.subject, event.number});
            });
        });
    });
    stage.handle(consumer_2, "h", &fail_now_and_then);
    for (const auto* module : {producer, consumer_2})
        stage.equip(module, [&stage](bus::endpoint& door) {
            door.on("answers").event<answered>([&stage](const answered& event, bus::delivery& delivery) {
                return stage.note("answers", event.subject, event.number, delivery);
            });
        });
}

core::awaitable<void> put_the_sender_at_the_end(stage& stage) {
    const auto head = stage.database(producer).head();
    co_await stage.write(producer, [head](storage::transaction& transaction) {
        transaction.execute("INSERT INTO log_followers (module, handler, sequence) VALUES (?1, '', ?2)",
                            bus::sender_name, head);
    });
}

core::awaitable<void> traffic::publish(stage& stage, int count) {
    std::vector<happened> events;
    for (int i = 0; i < count; ++i, ++published_)
        events.push_back({"k" + std::to_string(published_ % keys), published_ + 1});
    co_await stage.publish(std::move(events));
}

void traffic::expect_order(stage& stage) const {
    for (int key = 0; key < keys; ++key) {
        const auto subject = "k" + std::to_string(key);
        const auto wanted = numbers_of_key(key, keys, published_);
        EXPECT_EQ(stage.numbers(consumer_1, "h", subject), wanted);
        EXPECT_EQ(stage.numbers(consumer_2, "h", subject), wanted);
        EXPECT_EQ(stage.numbers(consumer_2, "answers", subject), wanted);
        EXPECT_EQ(stage.numbers(producer, "answers", subject), wanted);
    }
}

}  // namespace conformance
