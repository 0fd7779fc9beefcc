#include <bus/publish.hpp>
#include <core/exit.hpp>
#include <harness/message_tests.hpp>

#include "helpers.hpp"

namespace conformance {

CONFORMANCE_AREA(I);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

// Later forms of `happened`, and the same form under another name of C++.
struct happened_with_place {
    static constexpr auto message = bus::event("producer.happened", 2);
    std::string subject;
    std::int64_t number = 0;
    std::string text{};
    std::string place = "here";
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(happened_with_place, (), (subject, number, text, place))

struct happened_renamed {
    static constexpr auto message = bus::event("producer.happened", 3);
    std::string topic;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return topic; }
    static nlohmann::json upcast(std::int64_t version, nlohmann::json data) {
        if (version < 3) data = {{"topic", data["subject"]}, {"number", data["number"]}};
        return data;
    }
};
BOOST_DESCRIBE_STRUCT(happened_renamed, (), (topic, number))

struct of_another_class {
    static constexpr auto message = bus::event("producer.happened", 1);
    std::string subject;
    std::int64_t number = 0;
    std::string text{};
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(of_another_class, (), (subject, number, text))

// Fields of every kind.
struct inner {
    std::string name;
    std::optional<double> ratio{};
};
BOOST_DESCRIBE_STRUCT(inner, (), (name, ratio))

struct with_everything {
    static constexpr auto message = bus::event("producer.with_everything", 1);
    std::string text;
    std::int64_t number = 0;
    double ratio = 0;
    bool is_so = false;
    core::timestamp time{};
    std::optional<std::string> maybe{};
    std::vector<inner> many{};
    nlohmann::json any{};
    [[nodiscard]] std::string key() const { return "k"; }
};
BOOST_DESCRIBE_STRUCT(with_everything, (), (text, number, ratio, is_so, time, maybe, many, any))

core::awaitable<void> publish_raw(stage& stage, std::string key, std::string data, std::int64_t version = 1) {
    co_await stage.write(producer, [&](storage::transaction& transaction) {
        storage::event_record record;
        record.type = happened::message.name;
        record.version = version;
        record.key = key;
        record.data = data;
        transaction.append(std::move(record), {});
    });
}

template <bus::event_message E>
void handle_as(stage& stage, std::vector<E>& got) {
    stage.equip(consumer_1, [&stage, &got](bus::endpoint& door) {
        door.on("h").event<E>([&stage, &got](const E& event, bus::delivery& delivery) -> core::awaitable<void> {
            if (delivery.attempt() == 1) got.push_back(event);
            co_await stage.note("h", event.key(), event.number, delivery);
        });
    });
}

}  // namespace

CONFORMANCE_TEST(I, I1_what_cannot_be_read_is_dead_with_its_bytes_and_later_events_flow) {
    stage.are_failures_seen = false;
    stage.handle(consumer_1, "h");
    stage.start();

    co_await publish_raw(stage, "k", R"({"subject": 7})");
    co_await publish_raw(stage, "k", "no JSON at all");
    co_await publish_raw(stage, "k", R"({"topic": "k", "number": 3})", 3);
    co_await stage.publish(happened{"k", 4});
    co_await stage.quiet();

    const auto letters = co_await stage.dead(consumer_1);
    CO_ASSERT_TRUE(letters.size() == 3);
    for (const auto& letter : letters) EXPECT_EQ(letter.attempts, 1);
    EXPECT_TRUE(std::ranges::any_of(letters, [](const bus::dead_letter& one) { return one.data == "no JSON at all"; }));
    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), (std::vector<std::int64_t>{4}));
}

CONFORMANCE_TEST(I, I1_an_upcaster_makes_dead_letters_readable) {
    stage.are_failures_seen = false;
    stage.handle(consumer_1, "h");
    stage.start();
    co_await publish_raw(stage, "k", R"({"topic": "k", "number": 3})", 3);
    co_await stage.quiet();
    EXPECT_EQ((co_await stage.dead(consumer_1)).size(), 1U);

    std::vector<happened_renamed> got;
    stage.dismiss(consumer_1);
    handle_as(stage, got);
    co_await stage.restart(ending::clean);
    EXPECT_EQ((co_await stage.ask(consumer_1, bus::retry_dead_letters{})).value().count, 1);
    co_await stage.publish(happened{"old", 4});
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), (std::vector<std::int64_t>{3}));
    EXPECT_EQ(stage.numbers(consumer_1, "h", "old"), (std::vector<std::int64_t>{4}));
}

CONFORMANCE_TEST(I, I1_a_missing_header_and_a_wrong_content_type_are_dead_at_once, capability::headers,
                 capability::calm) {
    stage.is_waived = true;  // the oracle knows nothing of what comes from outside
    stage.handle(consumer_1, "h");
    stage.start();
    const std::string type{happened::message.name};
    const auto good = bus::encode(happened{"k", 1});

    co_await stage.system().send_from_outside({type, good, "text/plain", "1"});
    co_await stage.system().send_from_outside({type, "\xff no JSON", "application/json", "2"});
    co_await stage.system().send_from_outside({type, R"({"subject": "k"})", "application/json", "3"});
    // Only a body, and CloudEvents in structured mode.
    co_await stage.system().send_from_outside({type, good});
    co_await stage.system().send_from_outside(
        {type, R"({"specversion": "1.0", "id": "4", "source": "/x", "type": ")" + type + R"(", "data": )" + good + "}",
         "application/cloudevents+json"});
    co_await stage.publish(happened{"k", 2});
    co_await stage.pass_time_until([&] { return stage.effects() == 3; });

    const auto letters = co_await stage.dead(consumer_1);
    EXPECT_EQ(letters.size(), 3U);
    for (const auto& letter : letters) {
        EXPECT_EQ(letter.attempts, 1);
        EXPECT_EQ(letter.source, "outside");
    }
    EXPECT_TRUE(std::ranges::any_of(letters, [](const bus::dead_letter& one) {
        return one.event_id == "1" && one.data == nlohmann::json(bus::to_json(happened{"k", 1}));
    }));
}

CONFORMANCE_TEST(I, M15_a_message_of_a_foreign_program_that_comes_twice_is_handled_once, capability::headers,
                 capability::calm) {
    stage.is_waived = true;
    stage.handle(consumer_1, "h");
    stage.start();
    const std::string type{happened::message.name};

    for (int i = 0; i < 3; ++i)
        co_await stage.system().send_from_outside({type, bus::encode(happened{"k", 1}), "application/json", "same"});
    co_await stage.system().send_from_outside({type, bus::encode(happened{"k", 2}), "application/json", "other"});
    co_await stage.pass_time_until([&] { return stage.effects() == 2; });
    co_await stage.restart(ending::clean);
    co_await stage.system().send_from_outside({type, bus::encode(happened{"k", 1}), "application/json", "same"});
    co_await stage.system().send_from_outside({type, bus::encode(happened{"k", 3}), "application/json", "third"});
    co_await stage.pass_time_until([&] { return stage.effects() >= 3; });

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), up_to(3));
}

CONFORMANCE_TEST(I, I2_an_older_event_has_the_defaults_of_newer_fields, capability::calm) {
    std::vector<happened_with_place> got;
    handle_as(stage, got);
    stage.start();

    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();

    CO_ASSERT_TRUE(got.size() == 1);
    EXPECT_EQ(got[0].place, "here");
}

CONFORMANCE_TEST(I, I2_a_newer_event_is_read_without_what_an_older_handler_does_not_know) {
    stage.handle(consumer_1, "h");
    stage.start();

    co_await stage.write(producer, [](storage::transaction& transaction) {
        bus::publish(transaction, happened_with_place{"k", 1, "", "there"});
    });
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), up_to(1));
}

// producer.happened, which makes consumer_1.answered, which consumer_2 hears of.
CONFORMANCE_TEST(I, I3_trace_and_cause_are_passed_on_over_three_hops) {
    std::optional<core::origin> last;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h").event<happened>([&](const happened& event, bus::delivery& delivery) {
            return stage.note("h", event.subject, event.number, delivery, [event](storage::transaction& transaction) {
                bus::publish(transaction, answered{event.subject, event.number});
            });
        });
    });
    stage.equip(consumer_2, [&](bus::endpoint& door) {
        door.on("last").event<answered>([&](const answered& event, bus::delivery& delivery) {
            last = delivery.from();
            return stage.note("last", event.subject, event.number, delivery);
        });
    });
    stage.start();
    const core::origin origin{core::trace_context::start(), "the edge"};

    co_await stage.write(
        producer, [](storage::transaction& transaction) { bus::publish(transaction, happened{"k", 1}); }, origin);
    co_await stage.quiet();

    const auto first = stage.database(producer).events_after(0, 1).at(0);
    const auto second = stage.database(consumer_1).events_after(0, 1).at(0);
    EXPECT_EQ(first.cause, "the edge");
    EXPECT_EQ(second.cause, first.id);
    CO_ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->cause, second.id);
    EXPECT_EQ(last->trace.trace_id, origin.trace.trace_id);
    EXPECT_EQ(core::trace_context::parse(second.traceparent).value().trace_id, origin.trace.trace_id);
}

// Of the messages of the application: BUSBAR_MESSAGE_TESTS in each module's tests.
CONFORMANCE_TEST(I, I4_boundary_values_of_every_kind_of_field_arrive_as_they_were) {
    std::map<std::string, with_everything> got;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h").event<with_everything>([&](const with_everything& event, bus::delivery& delivery) {
            got.insert_or_assign(delivery.event_id(), event);
            return stage.note("h", "k", 0, delivery);
        });
    });
    stage.start();

    for (const auto sample : harness::good_samples)
        co_await stage.write(producer, [sample](storage::transaction& transaction) {
            bus::publish(transaction, harness::make_sample<with_everything>(sample));
        });
    co_await stage.quiet();

    const auto rows = stage.database(producer).events_after(0, 100);
    CO_ASSERT_TRUE(rows.size() == std::size(harness::good_samples));
    for (std::size_t i = 0; i < rows.size(); ++i)
        EXPECT_TRUE(
            harness::is_same(got.at(rows[i].id), harness::make_sample<with_everything>(harness::good_samples[i])))
            << "sample " << i;
    for (const auto sample : {harness::sample::invalid_utf8, harness::sample::not_a_number}) {
        const auto bad = harness::make_sample<with_everything>(sample);
        EXPECT_THROW((void)bus::encode(bad), std::invalid_argument);
    }
}

// The golden files of the application's messages are beside their modules (wire_format.json).
CONFORMANCE_TEST(I, I5_another_name_of_the_class_changes_no_byte) {
    stage.is_waived = true;
    const std::string golden = R"({"subject":"k","number":1,"text":"t"})";

    EXPECT_EQ(of_another_class::message.name, happened::message.name);
    EXPECT_EQ(bus::encode(happened{"k", 1, "t"}), golden);
    EXPECT_EQ(bus::encode(of_another_class{"k", 1, "t"}), golden);
    co_return;
}

CONFORMANCE_TEST(I, I6_a_start_without_a_handler_that_has_undone_events_is_refused_and_names_it, capability::calm) {
    stage.handle(consumer_1, "gone", &fail_always);
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked") == 1; });
    co_await stage.close();
    stage.dismiss(consumer_1);
    std::string refusal;

    try {
        stage.start();
    } catch (const core::fatal_error& reason) {
        refusal = reason.what();
    }

    EXPECT_TRUE(refusal.contains("gone")) << refusal;
    EXPECT_EQ(stage.count(consumer_1, "parked"), 1) << "nothing is touched";
    co_await stage.close();
    stage.handle(consumer_1, "gone");
    stage.start();
    co_await stage.quiet();
}

}  // namespace conformance
