// What a sender does when the broker refuses: a real one, by queues that are full.

#include <gtest/gtest.h>

#include <algorithm>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <storage/database.hpp>

#include "sender.hpp"
#include "test_broker.hpp"

namespace {

using namespace bus::amqp;
using namespace bus::amqp::test;
using namespace std::chrono_literals;

constexpr channel_number publisher = 1;

queue that_refuses_beyond(std::int64_t most, const std::string& name) {
    return {.name = name, .arguments = {{"x-max-length", most}, {"x-overflow", std::string{"reject-publish"}}}};
}

// A sender with its log and its link. The queue `all` gets a copy of whatever it sends, as often as it sends it; the
// other one takes `most` of those that are bound to it, and refuses the rest.
class sender_under_test final : private link_listener {
public:
    sender_under_test(std::int64_t most, const std::string& bound_to)
        : link_{world.runtime.loop,
                world.runtime.log_for("bus"),
                {.broker = broker_for_tests()},
                plan(most, bound_to),
                *this},
          subject{world.runtime, log_, link_, publisher, exchange_, 100, true} {
        tasks_.spawn("send", subject.send());
        link_.start();
    }
    sender_under_test(const sender_under_test&) = delete;
    sender_under_test& operator=(const sender_under_test&) = delete;
    ~sender_under_test() override {
        link_.stop(2s);
        tasks_.stop();
        harness::finish(tasks_.join());
        log_.stop();
    }

    core::awaitable<void> publish(std::vector<std::string> types) {
        co_await log_.write({}, [&types](storage::transaction& transaction) {
            for (auto& type : types) {
                storage::event_record record;
                record.type = std::move(type);
                record.key = "ada";
                record.data = "{}";
                transaction.append(std::move(record), {});
            }
        });
        subject.committed();
    }
    // The confirmations, of whichever kind, that came until now.
    [[nodiscard]] std::size_t answers() const { return answers_; }
    // What the queue `all` got.
    [[nodiscard]] const std::vector<std::int64_t>& copies() const { return copies_; }
    [[nodiscard]] std::ptrdiff_t warnings() const {
        return std::ranges::count_if(world.log.entries(), [](const core::log_entry& entry) {
            return entry.level == core::log_level::warning && entry.module == "shop" &&
                   entry.name == "the broker refuses events; they are kept and sent again";
        });
    }
    // Long enough for what is sent without a pause to be sent, and to be refused.
    core::awaitable<void> ask_the_broker_twice() {
        for (int i = 0; i < 2; ++i) {
            co_await harness::settle();
            (void)co_await link_.count_consumers(all_);
        }
    }
    void make_room() { client.purge(full_); }

    harness::world world;
    bare_client client;

private:
    link_plan plan(std::int64_t most, const std::string& bound_to) {
        return {.name = "busbar test",
                .declared = {.exchanges = {{.name = exchange_, .type = "topic"}},
                             .queues = {that_refuses_beyond(most, full_), {.name = all_}},
                             .bindings = {{.queue = full_, .exchange = exchange_, .routing_key = bound_to},
                                          {.queue = all_, .exchange = exchange_, .routing_key = "#"}}},
                .channels = {{.has_confirms = true}, {.consumer = consumer_plan{.queue = all_, .no_ack = true}}}};
    }

    void connected() override { subject.connected(); }
    void lost(const std::string& reason) override { ADD_FAILURE() << reason; }
    void blocked(const std::string&) override {}
    void confirmed(channel_number, std::span<const confirmation> some) override {
        answers_ += some.size();
        subject.confirmed(some);
    }
    void delivered(channel_number, std::vector<wire_delivery> some) override {
        for (const auto& one : some) copies_.push_back(one.message.number_header("busbar-sequence").value_or(0));
    }
    void returned(channel_number, wire_message) override {}

    own_names names_;
    const std::string exchange_ = names_.exchange();
    const std::string full_ = names_.queue();
    const std::string all_ = names_.queue();
    storage::database log_{world.runtime, {.folder = world.folder.path(), .name = "shop", .migrations = {}}};
    bus::amqp::link link_;
    std::size_t answers_ = 0;
    std::vector<std::int64_t> copies_;

public:
    sender subject;

private:
    core::task_group tasks_{world.runtime.loop, world.runtime.time, world.runtime.log_for("bus")};
};

using sequences = std::vector<std::int64_t>;

}  // namespace

// CONFORMANCE M5
CO_TEST(sender, M5_sends_again_what_the_broker_refused_after_a_pause_and_tells_it) {
    sender_under_test test{2, "#"};
    co_await test.publish({"shop.a", "shop.b", "shop.c", "shop.d"});

    co_await harness::eventually([&] { return test.answers() == 4; });
    co_await test.ask_the_broker_twice();
    EXPECT_EQ(test.answers(), 4U);
    EXPECT_EQ(test.subject.view().position, 2);
    EXPECT_FALSE(test.subject.has_sent_all());
    EXPECT_EQ(test.subject.trouble(), "the broker refuses events of shop, as a full queue does; nothing is lost");
    EXPECT_EQ(test.warnings(), 1);

    test.make_room();
    test.world.clock.advance(1s);
    co_await harness::eventually([&] { return test.subject.has_sent_all() && test.copies().size() >= 6; });
    EXPECT_EQ(test.copies(), (sequences{1, 2, 3, 4, 3, 4}));
    EXPECT_EQ(test.subject.trouble(), "");
    EXPECT_EQ(test.warnings(), 1);
}

// CONFORMANCE M5
CO_TEST(sender, M5_goes_back_to_the_one_that_the_broker_refused_among_others_that_it_took) {
    sender_under_test test{1, "shop.refused"};
    co_await test.publish({"shop.refused"});
    co_await harness::eventually([&] { return test.subject.has_sent_all(); });

    co_await test.publish({"shop.a", "shop.refused", "shop.b", "shop.c"});
    co_await harness::eventually([&] { return test.answers() == 5; });
    EXPECT_EQ(test.subject.view().position, 2);

    test.make_room();
    test.world.clock.advance(1s);
    co_await harness::eventually([&] { return test.subject.has_sent_all() && test.copies().size() >= 8; });
    EXPECT_EQ(test.copies(), (sequences{1, 2, 3, 4, 5, 3, 4, 5}));
}

// CONFORMANCE M5
CO_TEST(sender, M5_tells_once_that_the_broker_refuses_however_often_it_does) {
    sender_under_test test{1, "#"};
    co_await test.publish({"shop.a", "shop.b"});
    co_await harness::eventually([&] { return test.answers() == 2; });

    for (std::size_t attempt = 1; attempt <= 3; ++attempt) {
        test.world.clock.advance(1s);
        co_await harness::eventually([&] { return test.answers() == 2 + attempt; });
        EXPECT_NE(test.subject.trouble(), "");
    }
    co_await harness::eventually([&] { return test.copies().size() >= 5; });
    EXPECT_EQ(test.copies(), (sequences{1, 2, 2, 2, 2}));
    EXPECT_EQ(test.warnings(), 1);

    test.make_room();
    test.world.clock.advance(1s);
    co_await harness::eventually([&] { return test.subject.has_sent_all(); });
    co_await test.publish({"shop.c"});
    co_await harness::eventually([&] { return test.warnings() == 2; });
}
