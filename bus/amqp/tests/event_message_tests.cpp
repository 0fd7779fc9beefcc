#include <gtest/gtest.h>

#include <limits>
#include <storage/replica_log.hpp>

#include "event_message.hpp"

namespace {

using bus::received_event;
using bus::amqp::wire_message;

constexpr auto traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr auto largest = std::numeric_limits<std::int64_t>::max();
const core::timestamp now{std::chrono::milliseconds{1'750'000'000'000}};

storage::event_record record() {
    return {.sequence = 17,
            .epoch = 3,
            .id = "0197-id",
            .type = "registration.user_registered",
            .version = 4,
            .key = "ada@example.org",
            .time = now - std::chrono::milliseconds{877},
            .traceparent = traceparent,
            .cause = "0197-cause",
            .data = R"({"name":"Ada","note":"ä\u0000"})"};
}

wire_message sent() { return bus::amqp::message_of("busbar.events", "registration", 12, record()); }

received_event read(wire_message message) {
    core::manual_clock clock;
    core::uuid_generator ids{clock};
    return bus::amqp::event_of(std::move(message), ids, now);
}

void remove(wire_message& message, std::string_view header) {
    bus::amqp::wire_headers rest;
    for (const auto& [name, value] : message.headers.all())
        if (name != header) rest.add(name, value);
    message.headers = std::move(rest);
}

void set(wire_message& message, std::string_view header, bus::amqp::header_value value) {
    remove(message, header);
    message.headers.add(header, value);
}

received_event read_with(std::string_view header, bus::amqp::header_value value) {
    auto message = sent();
    set(message, header, value);
    return read(std::move(message));
}

}  // namespace

TEST(event_message, brings_every_field_to_the_other_side) {
    const auto got = read(sent());

    const auto wanted = record();
    EXPECT_EQ(got.log, "registration");
    EXPECT_EQ(got.first_of_epoch, 12);
    EXPECT_EQ(got.record->sequence, wanted.sequence);
    EXPECT_EQ(got.record->epoch, wanted.epoch);
    EXPECT_EQ(got.record->id, wanted.id);
    EXPECT_EQ(got.record->type, wanted.type);
    EXPECT_EQ(got.record->version, wanted.version);
    EXPECT_EQ(got.record->key, wanted.key);
    EXPECT_EQ(got.record->time, wanted.time);
    EXPECT_EQ(got.record->traceparent, wanted.traceparent);
    EXPECT_EQ(got.record->cause, wanted.cause);
    EXPECT_EQ(got.record->data, wanted.data);
}

TEST(event_message, brings_empty_fields_as_empty_ones) {
    auto wanted = record();
    wanted.key = wanted.traceparent = wanted.cause = "";

    const auto got = read(bus::amqp::message_of("busbar.events", "registration", 12, wanted));

    EXPECT_EQ(got.record->key, "");
    EXPECT_EQ(got.record->traceparent, "");
    EXPECT_EQ(got.record->cause, "");
}

TEST(event_message, is_lasting_and_must_find_a_queue) {
    const auto message = sent();

    EXPECT_TRUE(message.is_persistent);
    EXPECT_TRUE(message.is_mandatory);
    EXPECT_EQ(message.exchange, "busbar.events");
    EXPECT_EQ(message.routing_key, "registration.user_registered");
    EXPECT_EQ(message.message_id, "0197-id");
    EXPECT_EQ(message.content_type, "application/json");
    EXPECT_FALSE(message.expiration);
}

TEST(event_message, is_a_cloud_event_in_binary_mode) {
    const auto message = sent();

    EXPECT_EQ(message.text_header("cloudEvents:specversion"), "1.0");
    EXPECT_EQ(message.text_header("cloudEvents:id"), "0197-id");
    EXPECT_EQ(message.text_header("cloudEvents:source"), "/busbar/registration");
    EXPECT_EQ(message.text_header("cloudEvents:type"), "registration.user_registered");
    EXPECT_EQ(message.text_header("cloudEvents:time"), core::to_rfc3339(record().time));
    EXPECT_EQ(message.text_header("cloudEvents:partitionkey"), "ada@example.org");
}

// Without all four of them an event has no place in a log, whoever sent it.
TEST(event_message, is_of_no_log_without_a_whole_place) {
    for (const auto* header : {"busbar-log", "busbar-epoch", "busbar-epoch-first", "busbar-sequence"}) {
        auto message = sent();
        remove(message, header);

        const auto got = read(std::move(message));

        EXPECT_EQ(got.log, storage::outside) << header;
        EXPECT_EQ(got.record->data, record().data) << header;
    }
}

TEST(event_message, is_of_no_log_when_a_number_of_its_place_is_none_or_not_positive) {
    const std::vector<bus::amqp::header_value> broken{std::int64_t{0},
                                                      std::int64_t{-1},
                                                      std::numeric_limits<std::int64_t>::min(),
                                                      "",
                                                      "12 ",
                                                      "1.5",
                                                      "0x1",
                                                      "-3",
                                                      "99999999999999999999"};

    for (const auto* header : {"busbar-epoch", "busbar-epoch-first", "busbar-sequence"})
        for (const auto& value : broken) EXPECT_EQ(read_with(header, value).log, storage::outside) << header;
}

TEST(event_message, takes_numbers_that_are_text) {
    auto message = sent();
    set(message, "busbar-epoch", "5");
    set(message, "busbar-epoch-first", "6");
    set(message, "busbar-sequence", "7");
    set(message, "busbar-version", "8");

    const auto got = read(std::move(message));

    EXPECT_EQ(got.log, "registration");
    EXPECT_EQ(got.record->epoch, 5);
    EXPECT_EQ(got.first_of_epoch, 6);
    EXPECT_EQ(got.record->sequence, 7);
    EXPECT_EQ(got.record->version, 8);
}

TEST(event_message, takes_the_largest_numbers_as_they_are) {
    auto message = sent();
    set(message, "busbar-epoch", largest);
    set(message, "busbar-sequence", largest);

    const auto got = read(std::move(message));

    EXPECT_EQ(got.record->epoch, largest);
    EXPECT_EQ(got.record->sequence, largest);
}

TEST(event_message, leaves_a_version_that_no_handler_reads_as_it_is) {
    EXPECT_EQ(read_with("busbar-version", std::int64_t{-7}).record->version, -7);
    EXPECT_EQ(read_with("busbar-version", largest).record->version, largest);
    EXPECT_EQ(read_with("busbar-version", "four").record->version, 1);
}

TEST(event_message, passes_text_headers_over_that_are_numbers) {
    const auto got = read_with("busbar-log", std::int64_t{5});

    EXPECT_EQ(got.log, storage::outside);
    EXPECT_EQ(read_with("cloudEvents:id", std::int64_t{5}).record->id, "0197-id") << "the message id is there too";
}
