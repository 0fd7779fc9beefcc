#include <bus/publish.hpp>
#include <core/task_group.hpp>

#include "helpers.hpp"

namespace conformance {

CONFORMANCE_AREA(A);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

constexpr std::array<std::string_view, 20> kind_names{
    "producer.kind_0",  "producer.kind_1",  "producer.kind_2",  "producer.kind_3",  "producer.kind_4",
    "producer.kind_5",  "producer.kind_6",  "producer.kind_7",  "producer.kind_8",  "producer.kind_9",
    "producer.kind_10", "producer.kind_11", "producer.kind_12", "producer.kind_13", "producer.kind_14",
    "producer.kind_15", "producer.kind_16", "producer.kind_17", "producer.kind_18", "producer.kind_19",
};

template <std::size_t Index>
struct kind {
    static constexpr auto message = bus::event(kind_names[Index], 1);
    std::string subject;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return subject; }
    BOOST_DESCRIBE_CLASS(kind, (), (subject, number), (), ())
};

template <std::size_t... Indices>
void handle_kinds(stage& stage, bus::endpoint& door, std::index_sequence<Indices...>) {
    const auto add = [&]<std::size_t Index>(std::integral_constant<std::size_t, Index>) {
        const auto name = "h" + std::to_string(Index);
        door.on(name).event<kind<Index>>([&stage, name](const kind<Index>& event, bus::delivery& delivery) {
            return stage.note(name, event.subject, event.number, delivery);
        });
    };
    (add(std::integral_constant<std::size_t, Indices>{}), ...);
}

template <std::size_t... Indices>
void publish_kinds(storage::transaction& transaction, int number, std::index_sequence<Indices...>) {
    (bus::publish(transaction, kind<Indices>{"k" + std::to_string(number % 7), number}), ...);
}

core::awaitable<void> publish_many(stage& stage, int publisher, int count) {
    constexpr int at_a_time = 25;
    for (int done = 0; done < count; done += at_a_time) {
        std::vector<happened> some;
        for (int i = done; i < std::min(count, done + at_a_time); ++i)
            some.push_back({"publisher " + std::to_string(publisher), i + 1});
        co_await stage.publish(std::move(some));
    }
}

}  // namespace

CONFORMANCE_TEST(A, A1_a_hundred_events_arrive_with_all_that_belongs_to_them) {
    std::map<std::string, happened> got;
    std::map<std::string, core::origin> origins;
    stage.handle(consumer_1, "h", [&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        got[delivery.event_id()] = event;
        origins[delivery.event_id()] = delivery.from();
        co_return;
    });
    stage.start();
    const core::origin origin{core::trace_context::start(), "the cause"};
    const auto published_at = stage.world.clock.now();

    co_await stage.write(
        producer,
        [](storage::transaction& transaction) {
            for (int i = 1; i <= 100; ++i)
                bus::publish(transaction, happened{"k" + std::to_string(i % 9), i, "text " + std::to_string(i)});
        },
        origin);
    co_await stage.quiet();

    const auto rows = (co_await stage.ask(producer, bus::search_events{.after = 0, .size = 1000})).value().items;
    CO_ASSERT_TRUE(rows.size() == 100 && got.size() == 100);
    for (const auto& row : rows) {
        const auto& event = got[row.id];
        EXPECT_EQ(event.number, row.sequence);
        EXPECT_EQ(event.key(), row.key);
        EXPECT_EQ(event.text, "text " + std::to_string(event.number));
        EXPECT_EQ(nlohmann::json(bus::to_json(event)), row.data);
        EXPECT_EQ(row.type, "producer.happened");
        EXPECT_EQ(row.version, 1);
        EXPECT_EQ(row.time, published_at);
        EXPECT_EQ(row.trace_id, origin.trace.trace_id);
        EXPECT_EQ(origins[row.id].trace.trace_id, origin.trace.trace_id);
        EXPECT_EQ(origins[row.id].cause, row.id);
    }
}

CONFORMANCE_TEST(A, A2_bodies_of_every_size_and_every_character_arrive_as_they_were) {
    std::vector<std::string> texts{"", "x", std::string(65'536, 'y'), std::string(1'048'576, 'z'), {}};
    for (int byte = 0; byte < 0x80; ++byte) texts.back().push_back(static_cast<char>(byte));
    texts.back() += "\u00e4\u20ac\U0001f600";
    std::map<std::int64_t, std::string> got;
    stage.handle(consumer_1, "h", [&](const happened& event, bus::delivery&) -> core::awaitable<void> {
        got[event.number] = event.text;
        co_return;
    });
    stage.start();

    for (std::size_t i = 0; i < texts.size(); ++i)
        co_await stage.publish(happened{"k", static_cast<std::int64_t>(i), texts[i]});
    co_await stage.quiet();

    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_TRUE(got[static_cast<std::int64_t>(i)] == texts[i]) << "of " << texts[i].size() << " bytes";
}

CONFORMANCE_TEST(A, A2_what_no_body_can_hold_fails_at_the_call_and_nothing_is_stored) {
    stage.handle(consumer_1, "h");
    stage.start();
    bool is_refused = false;

    try {
        co_await stage.publish(happened{"k", 1, "\xff\xfe"});
    } catch (const std::invalid_argument&) {
        is_refused = true;
    }
    co_await stage.quiet();

    EXPECT_TRUE(is_refused);
    EXPECT_EQ(stage.database(producer).head(), 0);
}

CONFORMANCE_TEST(A, A3_fifty_publishers_at_once_lose_and_invent_nothing) {
    constexpr int publishers = 50;
    const int each = scaled(stage.can(capability::calm) ? 5'000 : 1'000);  // with chaos each costs some commits
    stage.handle(consumer_1, "h", {}, {.concurrency = 8});
    stage.start();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};

    for (int i = 0; i < publishers; ++i) tasks.spawn("publish", publish_many(stage, i, each));
    co_await tasks.join();
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), publishers * each);
    for (int i = 0; i < publishers; ++i)
        EXPECT_EQ(stage.numbers(consumer_1, "h", "publisher " + std::to_string(i)), up_to(each));
}

CONFORMANCE_TEST(A, A4_each_handler_sees_its_own_type_alone) {
    const int each = scaled(100);
    using indices = std::make_index_sequence<kind_names.size()>;
    stage.equip(consumer_1, [&stage](bus::endpoint& door) { handle_kinds(stage, door, indices{}); });
    stage.start();

    co_await stage.write(producer, [&](storage::transaction& transaction) {
        for (int i = 1; i <= each; ++i) publish_kinds(transaction, i, indices{});
    });
    co_await stage.quiet();

    for (std::size_t i = 0; i < kind_names.size(); ++i) EXPECT_EQ(stage.effects("h" + std::to_string(i)), each);
}

CONFORMANCE_TEST(A, A5_two_modules_and_two_handlers_each_get_everything) {
    stage.handle(consumer_1, "h");
    stage.handle(consumer_1, "h_too");
    stage.handle(consumer_2, "h");
    stage.start();

    co_await stage.publish(events_for(5, 50));
    co_await stage.quiet();

    EXPECT_EQ(stage.effects("h"), 50);
    EXPECT_EQ(stage.effects("h_too"), 50);
    EXPECT_EQ(stage.effects("h", consumer_2), 50);
}

CONFORMANCE_TEST(A, A6_a_handler_that_always_fails_does_not_make_another_run_again, capability::calm) {
    stage.handle(consumer_1, "fails", &fail_always);
    stage.handle(consumer_1, "h");
    stage.start();

    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();

    EXPECT_EQ(stage.starts("fails"), static_cast<std::int64_t>(stage.settings.retry.attempts()));
    EXPECT_EQ(stage.starts("h"), 1);
    EXPECT_EQ((co_await stage.dead(consumer_1)).size(), 1U);
}

CONFORMANCE_TEST(A, A7_what_nobody_handles_is_published_and_counted, capability::one_process) {
    stage.handle(consumer_1, "h");
    stage.start();

    co_await stage.publish(happened{"k", 1}, ended{"k", 2});
    co_await stage.quiet();

    EXPECT_EQ((co_await stage.status(producer)).published, 2);
    EXPECT_EQ((co_await stage.status(producer)).published_without_handler, 1);
}

CONFORMANCE_TEST(A, A7_a_request_that_nobody_answers_is_named_at_the_start) {
    stage.equip(producer, [](bus::endpoint& door) { door.asks<add_further>(); });

    stage.start();

    const core::log_field name{"request", "consumer_2.add_further"};
    co_await harness::eventually([&] {
        return std::ranges::any_of(stage.world.log.entries(), [&name](const core::log_entry& entry) {
            return std::ranges::find(entry.data, name) != entry.data.end();
        });
    });
}

CONFORMANCE_TEST(A, A8_a_consumer_that_did_not_exist_yet_gets_what_was_published_before) {
    stage.start();
    co_await stage.publish(events_for(4, 100));

    stage.handle(consumer_2, "h");
    co_await stage.restart(ending::clean);
    co_await stage.quiet();

    EXPECT_EQ(stage.effects("h", consumer_2), 100);
}

CONFORMANCE_TEST(A, A9_a_new_handler_gets_history_in_order_or_none_of_it_and_the_border_once) {
    stage.start();
    co_await stage.publish(events_for(1, 30));
    stage.handle(consumer_1, "from_beginning", {}, {.from = bus::start_from::beginning});
    stage.handle(consumer_1, "from_now", {}, {.from = bus::start_from::now});
    co_await stage.restart(ending::clean);
    co_await stage.quiet();
    EXPECT_EQ(stage.effects("from_now"), 0);

    co_await stage.publish(happened{"k0", 31}, happened{"k0", 32});
    co_await stage.restart(ending::clean);
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "from_beginning", "k0"), up_to(32));
    EXPECT_EQ(stage.numbers(consumer_1, "from_now", "k0"), (std::vector<std::int64_t>{31, 32}));
}

}  // namespace conformance
