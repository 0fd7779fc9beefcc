#include <algorithm>
#include <bus/traces.hpp>
#include <map>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {

struct looked {
    std::int64_t found = 0;
};
BOOST_DESCRIBE_STRUCT(looked, (), (found))

struct look_around {
    static constexpr auto message = bus::request<looked>("office.look_around", 1);
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(look_around, (), (number))

namespace {

// Two modules in which a trace is kept that has begun.
struct traced_modules : two_modules {
    traced_modules() {
        world.traces.start();
        span = world.traces.enter("POST /orders", core::span_kind::server, "web", from.trace, true);
    }
    core::awaitable<void> order(std::int64_t number) {
        co_await shop->write(from, [number](storage::transaction& transaction) {
            bus::publish(transaction, order_placed{"ada", number});
        });
    }
    core::awaitable<void> pass_time() {
        while (!bus->is_quiet()) {
            world.clock.advance(1s);
            co_await harness::settle();
        }
    }
    std::vector<core::span_record> taken() { return world.traces.take(1000); }
    static std::vector<core::span_record> named(const std::vector<core::span_record>& spans, std::string_view name) {
        std::vector<core::span_record> found;
        std::ranges::copy_if(spans, std::back_inserter(found), [name](const auto& one) { return one.name == name; });
        return found;
    }
    static core::log_value attribute(const core::span_record& span, std::string_view name) {
        const auto found = std::ranges::find(span.attributes, name, &core::log_field::name);
        return found == span.attributes.end() ? core::log_value{"none"} : found->value;
    }

    core::origin from{core::trace_context::start(), ""};
    core::span span;
};

core::log_value text(const char* value) { return core::log_value{std::string{value}}; }

core::awaitable<core::result<looked>> look(look_around wanted, call) {
    if (wanted.number == 1) co_return core::fail(core::error_kind::not_found, "There is no such thing.");
    if (wanted.number == 2) throw std::runtime_error{"a detail for the log alone"};
    co_return looked{wanted.number};
}

}  // namespace

CO_TEST(spans, lead_from_a_commit_over_each_attempt_to_what_the_handler_commits) {
    traced_modules modules;
    modules.office_door->on("notes").event<order_placed>(
        [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            if (delivery.attempt() < 3) throw std::runtime_error{"not yet"};
            co_await modules.note_order(order, delivery);
        });
    modules.bus->start();

    co_await modules.order(7);
    co_await modules.pass_time();

    const auto spans = modules.taken();
    const auto commits = modules.named(spans, "commit");
    const auto attempts = modules.named(spans, "process shop.order_placed");
    CO_ASSERT_TRUE(commits.size() == 2u);
    CO_ASSERT_TRUE(attempts.size() == 3u);
    EXPECT_EQ(commits[0].module, "shop");
    EXPECT_EQ(commits[0].parent_span_id, modules.from.trace.span_id);
    EXPECT_EQ(modules.attribute(commits[0], "db.namespace"), text("shop"));
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& one = attempts[i];
        EXPECT_EQ(one.kind, core::span_kind::consumer);
        EXPECT_EQ(one.module, "office");
        EXPECT_EQ(one.trace_id, modules.from.trace.trace_id);
        EXPECT_EQ(one.parent_span_id, commits[0].span_id);
        EXPECT_EQ(one.has_failed, i < 2);
        EXPECT_EQ(modules.attribute(one, "busbar.attempt"), core::log_value{static_cast<std::int64_t>(i + 1)});
        EXPECT_EQ(modules.attribute(one, "messaging.system"), text("busbar"));
        EXPECT_EQ(modules.attribute(one, "messaging.consumer.group.name"), text("notes"));
        EXPECT_EQ(modules.attribute(one, "error.type"), text(i < 2 ? "std::runtime_error" : "none"));
    }
    EXPECT_EQ(commits[1].module, "office");
    EXPECT_EQ(commits[1].parent_span_id, attempts[2].span_id);
    co_await modules.close();
}

CO_TEST(spans, of_a_trace_go_on_after_a_restart) {
    traced_modules modules;
    modules.bus->start();
    co_await modules.order(7);
    co_await modules.close();
    modules.open();
    modules.office_door->on("notes").event<order_placed>(
        [&](const order_placed& order, delivery& delivery) { return modules.note_order(order, delivery); });
    modules.bus->start();
    co_await modules.quiet();

    const auto attempts = modules.named(modules.taken(), "process shop.order_placed");

    CO_ASSERT_TRUE(attempts.size() == 1u);
    EXPECT_EQ(attempts[0].trace_id, modules.from.trace.trace_id);
    co_await modules.close();
}

CO_TEST(spans, of_requests_tell_failures_from_refusals) {
    traced_modules modules;
    modules.office_door->answer<look_around>(&look);
    modules.bus->start();
    for (const std::int64_t number : {0, 1, 2})
        static_cast<void>(co_await modules.shop_door->request(look_around{number}, {.from = modules.from}));

    const auto spans = modules.taken();

    CO_ASSERT_TRUE(spans.size() == 3u);
    for (const auto& one : spans) {
        EXPECT_EQ(one.name, "office.look_around");
        EXPECT_EQ(one.kind, core::span_kind::internal);
        EXPECT_EQ(one.module, "office");
        EXPECT_EQ(modules.attribute(one, "rpc.method"), text("look_around"));
    }
    EXPECT_FALSE(spans[0].has_failed);
    EXPECT_FALSE(spans[1].has_failed);
    EXPECT_EQ(modules.attribute(spans[1], "busbar.refusal"), text("not_found"));
    EXPECT_TRUE(spans[2].has_failed);
    EXPECT_EQ(modules.attribute(spans[2], "error.type"), text("remote"));
    EXPECT_EQ(spans[2].failure.find("detail"), std::string::npos);
    co_await modules.close();
}

CO_TEST(spans, are_not_made_of_what_is_not_kept) {
    traced_modules modules;
    modules.from.trace.sampled = false;
    modules.office_door->on("notes").event<order_placed>(
        [&](const order_placed& order, delivery& delivery) { return modules.note_order(order, delivery); });
    modules.bus->start();

    co_await modules.order(7);
    co_await modules.quiet();

    EXPECT_TRUE(modules.taken().empty());
    EXPECT_EQ(modules.shop->events_after(0, 1).at(0).traceparent, modules.from.trace.traceparent());
    co_await modules.close();
}

// What is left when the spans are gone.
CO_TEST(causal_trace, comes_from_the_event_logs) {
    traced_modules modules;
    modules.office_door->on("notes").event<order_placed>(
        [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            if (order.number == 2) throw std::runtime_error{"not yet"};
            if (order.number == 3) throw rejected{"never"};
            co_await modules.note_order(order, delivery);
        });
    modules.bus->start();
    for (const std::int64_t number : {1, 3, 2, 4}) co_await modules.order(number);
    co_await modules.shop->write({core::trace_context::start(), ""}, [](storage::transaction& transaction) {
        bus::publish(transaction, order_placed{"bob", 5});
    });
    co_await harness::eventually([&] { return modules.count("parked") == 3; });

    const auto events = (co_await modules.shop_door->request_of("shop", find_traced_events{modules.from.trace.trace_id},
                                                                {.from = modules.from}))
                            .value();
    find_deliveries wanted;
    for (const auto& event : events.items)
        wanted.events.push_back({event.source, event.epoch, event.sequence, event.type});
    const auto found = (co_await modules.shop_door->request_of("office", wanted, {})).value();

    EXPECT_TRUE(events.is_complete);
    CO_ASSERT_TRUE(events.items.size() == 4u);  // not that of another trace
    EXPECT_EQ(events.items[0].type, "shop.order_placed");
    EXPECT_EQ(events.items[0].source, "shop");
    EXPECT_EQ(events.items[0].key, "ada");
    std::vector<std::string> states;
    for (const auto& one : found.items) states.push_back(one.handler + " " + one.state);
    EXPECT_EQ(states, (std::vector<std::string>{"notes done", "notes dead", "notes retrying", "notes blocked"}));
    EXPECT_EQ(found.items[2].attempts, 1);
    EXPECT_EQ(found.items[2].errors.at(0).text, "not yet");
    EXPECT_TRUE(found.items[2].next_attempt_at.has_value());
    co_await modules.close();
}

}  // namespace bus::test
