#include <bus/operations.hpp>
#include <core/exit.hpp>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {
namespace {

// A handler that fails until it is mended.
struct breakable {
    two_modules& modules;
    bool is_broken = true;

    core::awaitable<void> handle(const order_placed& order, delivery& delivery) {
        if (is_broken) throw rejected{"broken"};
        co_await modules.note_order(order, delivery);
    }
    void start() {
        modules.office_door->on("note_orders").event<order_placed>(std::bind_front(&breakable::handle, this));
        modules.bus->start();
    }
};

template <class R>
core::awaitable<core::result<answer_of<R>>> ask(two_modules& modules, R request) {
    return modules.shop_door->request_of("office", std::move(request), {});
}

core::awaitable<std::vector<dead_letter>> letters(two_modules& modules) {
    co_return (co_await ask(modules, search_dead_letters{.size = 100})).value().items;
}

}  // namespace

CO_TEST(dead_letters, tell_what_failed_and_why) {
    two_modules modules;
    breakable handler{modules};
    handler.start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();

    const auto found = co_await letters(modules);

    CO_ASSERT_TRUE(found.size() == 1);
    const auto& letter = found[0];
    EXPECT_EQ(letter.module, "office");
    EXPECT_EQ(letter.handler, "note_orders");
    EXPECT_EQ(letter.source, "shop");
    EXPECT_EQ(letter.type, "shop.order_placed");
    EXPECT_EQ(letter.data, (nlohmann::json{{"customer", "ada"}, {"number", 1}}));
    EXPECT_EQ(letter.attempts, 1);
    CO_ASSERT_TRUE(letter.errors.size() == 1);
    EXPECT_EQ(letter.errors[0].type, "bus::rejected");
    EXPECT_EQ(letter.errors[0].text, "broken");
    const auto one = co_await ask(modules, get_dead_letter{letter.id});
    CO_ASSERT_TRUE(one.has_value());
    EXPECT_EQ(one->event_id, letter.event_id);
    co_await modules.close();
}

// CONFORMANCE C6.
CO_TEST(dead_letters, are_handled_once_when_they_are_handed_back) {
    two_modules modules;
    breakable handler{modules};
    handler.start();
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"bob", 2});
    co_await modules.quiet();
    const auto found = co_await letters(modules);
    CO_ASSERT_TRUE(found.size() == 2);
    handler.is_broken = false;

    const auto& ada = found[0].key == "ada" ? found[0] : found[1];
    const auto edited =
        co_await ask(modules, retry_dead_letters{{ada.id}, nlohmann::json{{"customer", "ada"}, {"number", 10}}});
    co_await modules.quiet();
    const auto again = co_await ask(modules, retry_dead_letters{{ada.id}, {}});
    const auto all = co_await ask(modules, retry_dead_letters{});
    co_await modules.quiet();

    EXPECT_EQ(edited.value().count, 1);
    EXPECT_EQ(again.error().kind, core::error_kind::not_found);
    EXPECT_EQ(all.value().count, 1);
    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{10}));
    EXPECT_EQ(modules.effects("bob"), (std::vector<std::int64_t>{2}));
    EXPECT_TRUE((co_await letters(modules)).empty());
    EXPECT_EQ(
        modules.count("dead_letter_actions WHERE action = 'edited' AND data LIKE '%\"number\":1}' AND edited_data "
                      "LIKE '%10%'"),
        1)
        << "the original is kept";
    EXPECT_EQ(modules.bus->status().at(0).dead, 0);
    co_await modules.close();
}

CO_TEST(dead_letters, that_fail_again_have_all_their_attempts_and_their_history) {
    two_modules modules;
    breakable handler{modules};
    handler.start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();

    EXPECT_EQ((co_await ask(modules, retry_dead_letters{})).value().count, 1);
    co_await modules.quiet();

    const auto found = co_await letters(modules);
    CO_ASSERT_TRUE(found.size() == 1);
    EXPECT_EQ(found[0].attempts, 1);
    EXPECT_EQ(found[0].errors.size(), 2U);
    co_await modules.close();
}

CO_TEST(dead_letters, can_be_given_up) {
    two_modules modules;
    breakable handler{modules};
    handler.start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();
    const auto id = (co_await letters(modules)).at(0).id;

    EXPECT_TRUE((co_await ask(modules, drop_dead_letter{id})).has_value());

    EXPECT_EQ((co_await ask(modules, drop_dead_letter{id})).error().kind, core::error_kind::not_found);
    EXPECT_EQ(modules.count("parked"), 0);
    EXPECT_EQ(modules.count("dead_letter_actions WHERE action = 'dropped'"), 1);
    EXPECT_EQ(modules.bus->status().at(0).dead, 0);
    co_await modules.close();
}

CO_TEST(dead_letters, that_do_not_exist_are_not_found) {
    two_modules modules;
    modules.bus->start();

    for (const auto* id : {"office-1", "office-", "office-x", "shop-1", ""}) {
        EXPECT_EQ((co_await ask(modules, get_dead_letter{id})).error().kind, core::error_kind::not_found) << id;
        EXPECT_EQ((co_await ask(modules, retry_dead_letters{{id}, {}})).error().kind, core::error_kind::not_found);
    }
    co_await modules.close();
}

CO_TEST(replay, gives_a_handler_everything_again_from_a_sequence_on) {
    two_modules modules;
    breakable handler{modules};
    handler.is_broken = false;
    handler.start();
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 2}, order_placed{"ada", 3});
    co_await modules.quiet();

    const auto started = co_await ask(modules, start_replay{.handler = "note_orders", .from_sequence = 2});
    co_await modules.quiet();

    EXPECT_EQ(started.value().events, 2);
    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2, 3, 2, 3}));
    EXPECT_EQ(modules.bus->status().at(0).position, 3);
    co_await modules.close();
}

CO_TEST(replay, can_begin_at_a_time_and_takes_dead_letters_along) {
    two_modules modules;
    breakable handler{modules};
    handler.start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();
    modules.world.clock.advance(1h);
    const auto later = modules.world.clock.now();
    co_await modules.publish(order_placed{"ada", 2});
    co_await modules.quiet();
    EXPECT_EQ(modules.count("parked WHERE state = 'dead'"), 2);
    handler.is_broken = false;

    EXPECT_TRUE((co_await ask(modules, start_replay{.handler = "note_orders", .from_time = later})).has_value());
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{2}));
    EXPECT_EQ(modules.count("parked WHERE state = 'dead'"), 1);
    co_await modules.close();
}

CO_TEST(replay, refuses_what_the_log_does_not_hold) {
    two_modules modules;
    breakable handler{modules};
    handler.start();
    const auto replay = [&](start_replay request) { return ask(modules, std::move(request)); };

    EXPECT_EQ((co_await replay({.handler = "nobody", .from_sequence = 1})).error().kind, core::error_kind::not_found);
    EXPECT_EQ((co_await replay({.handler = "note_orders"})).error().kind, core::error_kind::invalid);
    EXPECT_EQ((co_await replay({.handler = "note_orders", .from_sequence = 7})).error().kind,
              core::error_kind::invalid);
    co_await modules.close();
}

// CONFORMANCE K3 and the numbers of K1.
CO_TEST(status, tells_how_far_a_handler_is_in_events_and_seconds) {
    two_modules modules;
    bool may_go_on = false;
    modules.office_door->on("slow", 1).event<order_placed>(
        [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            co_await harness::eventually([&] { return may_go_on; });
            co_await modules.note_order(order, delivery);
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    modules.world.clock.advance(7s);
    co_await modules.publish(order_placed{"ada", 2}, noise_made{"x"});
    co_await harness::eventually([&] { return modules.bus->status().at(0).in_flight == 1; });

    auto view = (co_await ask(modules, get_status{})).value().handlers.at(0);
    EXPECT_EQ(view.position, 0);
    EXPECT_EQ(view.head, 3);
    EXPECT_EQ(view.lag, 3);
    EXPECT_DOUBLE_EQ(view.lag_seconds, 7);
    EXPECT_EQ(view.in_flight, 1);

    may_go_on = true;
    co_await modules.quiet();
    view = (co_await ask(modules, get_status{})).value().handlers.at(0);
    EXPECT_EQ(view.position, 3);
    EXPECT_EQ(view.lag, 0);
    EXPECT_DOUBLE_EQ(view.lag_seconds, 0);
    EXPECT_EQ(view.handled, 2);
    const auto shop = (co_await modules.shop_door->request_of("shop", get_status{}, {})).value();
    EXPECT_EQ(shop.published, 3);
    EXPECT_EQ(shop.published_without_handler, 1) << "CONFORMANCE A7";
    co_await modules.close();
}

CO_TEST(events_of_a_log, can_be_listed_from_both_ends) {
    two_modules modules;
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1}, noise_made{"x"}, order_placed{"ada", 2});
    const auto list = [&](search_events request) -> core::awaitable<std::vector<std::int64_t>> {
        const auto found = (co_await modules.office_door->request_of("shop", std::move(request), {})).value();
        std::vector<std::int64_t> sequences;
        for (const auto& event : found.items) sequences.push_back(event.sequence);
        co_return sequences;
    };

    EXPECT_EQ(co_await list({.size = 2}), (std::vector<std::int64_t>{3, 2}));
    EXPECT_EQ(co_await list({.before = 2, .size = 2}), (std::vector<std::int64_t>{1}));
    EXPECT_EQ(co_await list({.after = 1, .size = 5}), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(co_await list({.type = "shop.order_placed", .size = 5}), (std::vector<std::int64_t>{3, 1}));
    co_await modules.close();
}

CO_TEST(log_level, of_a_module_is_set_where_it_runs) {
    two_modules modules;
    modules.bus->start();

    const auto before = co_await ask(modules, get_log_level{});
    const auto after = co_await ask(modules, set_log_level{"error"});
    const auto wrong = co_await ask(modules, set_log_level{"loud"});
    const auto other = co_await modules.shop_door->request_of("shop", get_log_level{}, {});
    const auto again = co_await ask(modules, set_log_level{});
    co_await modules.close();

    CO_ASSERT_TRUE(before && after && other && again);
    EXPECT_EQ(before->level, "DEBUG");
    EXPECT_EQ(after->level, "ERROR");
    EXPECT_EQ(after->module, "office");
    EXPECT_FALSE(wrong);
    EXPECT_EQ(other->level, "DEBUG");
    EXPECT_EQ(again->level, "DEBUG");
}

}  // namespace bus::test
