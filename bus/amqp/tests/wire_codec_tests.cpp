#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <span>
#include <stdexcept>

#include "library_types.hpp"
#include "wire_codec.hpp"

namespace {

using bus::amqp::bytes_of;
using bus::amqp::outgoing_properties;
using bus::amqp::read_properties;
using bus::amqp::wire_message;

amqp_table_entry_t entry_of(const char* name, amqp_field_value_kind_t kind) {
    amqp_table_entry_t entry{.key = bytes_of(name), .value = {}};
    entry.value.kind = static_cast<std::uint8_t>(kind);
    return entry;
}

wire_message read(std::span<amqp_table_entry_t> headers) {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_HEADERS_FLAG;
    properties.headers = {.num_entries = static_cast<int>(headers.size()), .entries = headers.data()};
    wire_message message;
    (void)read_properties(properties, message);
    return message;
}

}  // namespace

TEST(wire_codec, gives_back_each_property_that_was_set) {
    const wire_message sent{
        .content_type = "application/json",
        .message_id = "m-1",
        .correlation_id = "c-1",
        .reply_to = "amq.rabbitmq.reply-to",
        .expiration = std::chrono::milliseconds{1500},
        .timestamp = std::chrono::sys_seconds{std::chrono::seconds{1'750'000'000}},
        .is_persistent = true,
        .headers = {{"text", std::string_view{"with a \0 byte", 13}}, {"number", std::int64_t{-7}}}};
    outgoing_properties properties;
    wire_message got;

    const auto tag = read_properties(properties.of(sent, 12), got);

    EXPECT_EQ(tag, 12u);
    EXPECT_EQ(got.content_type, sent.content_type);
    EXPECT_EQ(got.message_id, sent.message_id);
    EXPECT_EQ(got.correlation_id, sent.correlation_id);
    EXPECT_EQ(got.reply_to, sent.reply_to);
    EXPECT_EQ(got.expiration, sent.expiration);
    EXPECT_EQ(got.timestamp, sent.timestamp);
    EXPECT_TRUE(got.is_persistent);
    EXPECT_EQ(got.headers, sent.headers);
}

TEST(wire_codec, sends_no_property_that_is_empty) {
    outgoing_properties properties;
    (void)properties.of({.message_id = "of the message before", .headers = {{"a", "b"}}}, 1);

    EXPECT_EQ(properties.of({}, std::nullopt)._flags, AMQP_BASIC_DELIVERY_MODE_FLAG);
}

TEST(wire_codec, reads_integers_of_every_width) {
    std::array entries{entry_of("i8", AMQP_FIELD_KIND_I8),   entry_of("u8", AMQP_FIELD_KIND_U8),
                       entry_of("i16", AMQP_FIELD_KIND_I16), entry_of("u16", AMQP_FIELD_KIND_U16),
                       entry_of("i32", AMQP_FIELD_KIND_I32), entry_of("u32", AMQP_FIELD_KIND_U32),
                       entry_of("i64", AMQP_FIELD_KIND_I64), entry_of("u64", AMQP_FIELD_KIND_U64)};
    entries[0].value.value.i8 = -8;
    entries[1].value.value.u8 = 200;
    entries[2].value.value.i16 = -16;
    entries[3].value.value.u16 = 60'000;
    entries[4].value.value.i32 = -32;
    entries[5].value.value.u32 = 4'000'000'000;
    entries[6].value.value.i64 = std::numeric_limits<std::int64_t>::min();
    entries[7].value.value.u64 = 64;

    const auto message = read(entries);

    EXPECT_EQ(message.number_header("i8"), -8);
    EXPECT_EQ(message.number_header("u8"), 200);
    EXPECT_EQ(message.number_header("i16"), -16);
    EXPECT_EQ(message.number_header("u16"), 60'000);
    EXPECT_EQ(message.number_header("i32"), -32);
    EXPECT_EQ(message.number_header("u32"), 4'000'000'000);
    EXPECT_EQ(message.number_header("i64"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(message.number_header("u64"), 64);
}

TEST(wire_codec, leaves_out_headers_of_other_types_and_keeps_those_around_them) {
    std::array entries{entry_of("first", AMQP_FIELD_KIND_UTF8),   entry_of("flag", AMQP_FIELD_KIND_BOOLEAN),
                       entry_of("real", AMQP_FIELD_KIND_F64),     entry_of("time", AMQP_FIELD_KIND_TIMESTAMP),
                       entry_of("table", AMQP_FIELD_KIND_TABLE),  entry_of("array", AMQP_FIELD_KIND_ARRAY),
                       entry_of("nothing", AMQP_FIELD_KIND_VOID), entry_of("too much", AMQP_FIELD_KIND_U64),
                       entry_of("last", AMQP_FIELD_KIND_UTF8)};
    entries[0].value.value.bytes = bytes_of("a");
    entries[7].value.value.u64 = std::numeric_limits<std::uint64_t>::max();
    entries[8].value.value.bytes = bytes_of("z");

    const auto message = read(entries);

    EXPECT_EQ(message.headers.size(), 2u);
    EXPECT_EQ(message.text_header("first"), "a");
    EXPECT_EQ(message.text_header("last"), "z");
}

TEST(wire_codec, takes_an_expiration_that_is_no_number_for_none) {
    for (const auto* text : {"", "soon", "12 ms", "-1"}) {
        amqp_basic_properties_t properties{};
        properties._flags = AMQP_BASIC_EXPIRATION_FLAG;
        properties.expiration = bytes_of(text);
        wire_message message;

        (void)read_properties(properties, message);

        EXPECT_EQ(message.expiration, std::nullopt) << text;
    }
}

TEST(wire_codec, refuses_what_amqp_has_no_room_for) {
    const std::string longest(255, 'x');
    EXPECT_NO_THROW(bus::amqp::check_lengths({.routing_key = longest, .message_id = longest}));

    EXPECT_THROW(bus::amqp::check_lengths({.routing_key = longest + "x"}), std::length_error);
    EXPECT_THROW(bus::amqp::check_lengths({.correlation_id = longest + "x"}), std::length_error);
    EXPECT_THROW(bus::amqp::check_lengths({.headers = {{std::string(129, 'x'), "value"}}}), std::length_error);
    EXPECT_THROW(bus::amqp::check_lengths({.headers = {{"name", std::string(100'000, 'x')}}}), std::length_error);
}

TEST(wire_message, finds_headers_by_name_and_type) {
    const wire_message message{.headers = {{"text", "12"}, {"number", std::int64_t{12}}, {"word", "twelve"}}};

    EXPECT_EQ(message.text_header("text"), "12");
    EXPECT_EQ(message.text_header("number"), "");
    EXPECT_EQ(message.text_header("missing"), "");
    EXPECT_EQ(message.number_header("text"), 12);
    EXPECT_EQ(message.number_header("number"), 12);
    EXPECT_EQ(message.number_header("word"), std::nullopt);
    EXPECT_EQ(message.number_header("missing"), std::nullopt);
    EXPECT_EQ(message.headers.find("missing"), std::nullopt);
}
