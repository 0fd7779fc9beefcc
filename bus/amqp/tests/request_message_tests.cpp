#include <gtest/gtest.h>

#include "request_message.hpp"

namespace {

using namespace std::chrono_literals;
using bus::amqp::answer_of;
using bus::amqp::call_of;
using bus::amqp::reply_message;
using bus::amqp::request_message;
using bus::amqp::wire_message;
using core::error_kind;

const core::monotonic_time now{1h};

wire_message request(const bus::call& call) {
    return request_message("busbar.requests", "registration.look", R"({"a":1})", 1500ms, call);
}

core::result<std::string> over_the_wire(const core::result<std::string>& answer) {
    return answer_of(reply_message(request({}), answer));
}

class errors : public testing::TestWithParam<error_kind> {};

}  // namespace

TEST(request_message, goes_to_whoever_answers_it_and_nowhere_else) {
    const auto message = request({});

    EXPECT_EQ(message.exchange, "busbar.requests");
    EXPECT_EQ(message.routing_key, "registration.look");
    EXPECT_EQ(message.body, R"({"a":1})");
    EXPECT_EQ(message.content_type, "application/json");
    EXPECT_EQ(message.reply_to, "amq.rabbitmq.reply-to");
    EXPECT_EQ(message.expiration, 1500ms);
    EXPECT_TRUE(message.is_mandatory);
    EXPECT_FALSE(message.is_persistent);
}

TEST(request_message, brings_what_surrounds_a_call) {
    bus::call asked{.from = {core::trace_context::start(), "cause"}, .is_idempotent = true};
    asked.from.trace.sampled = true;

    const auto got = call_of(request(asked), now);

    EXPECT_EQ(got.from.trace.trace_id, asked.from.trace.trace_id);
    EXPECT_EQ(got.from.trace.span_id, asked.from.trace.span_id) << "what was asked is a part of the asker's span";
    EXPECT_TRUE(got.from.trace.sampled);
    EXPECT_EQ(got.from.cause, "cause");
    EXPECT_TRUE(got.is_idempotent);
    EXPECT_EQ(got.deadline, now + 1500ms);
}

TEST(request_message, brings_nothing_where_nothing_was_said) {
    const auto got = call_of(request({}), now);

    EXPECT_TRUE(got.from.trace.trace_id.empty()) << "who answers begins one";
    EXPECT_EQ(got.from.cause, "");
    EXPECT_FALSE(got.is_idempotent);
}

TEST(request_message, of_another_program_is_known_by_its_id) {
    wire_message foreign;
    foreign.routing_key = "email.send";
    foreign.message_id = "order-4711";

    EXPECT_EQ(call_of(foreign, now).idempotency_key, "email.send message order-4711");
    EXPECT_EQ(call_of(request({.idempotency_key = "key"}), now).idempotency_key, "key");
    EXPECT_EQ(call_of(request({}), now).idempotency_key, "");
    EXPECT_EQ(request({}).message_id, "");
}

TEST(request_message, without_an_expiration_has_no_deadline) {
    EXPECT_EQ(call_of({}, now).deadline, core::monotonic_time::max());
}

TEST(request_message, with_an_endless_expiration_has_a_deadline_that_is_not_past) {
    wire_message message;
    message.expiration = std::chrono::milliseconds::max();

    EXPECT_GT(call_of(message, now).deadline, now);
}

TEST(request_message, has_no_trace_when_what_came_is_none) {
    for (const std::string& broken :
         std::vector<std::string>{"", "00-", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                  "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                  "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "\xff\xfe"}) {
        wire_message message;
        message.headers = {{"traceparent", broken}};

        const auto trace = call_of(message, now).from.trace;

        EXPECT_EQ(trace.trace_id, "") << broken;
    }
}

TEST(request_message, may_say_that_it_is_idempotent_in_text) {
    for (const auto& [said, is_meant] :
         std::vector<std::pair<bus::amqp::header_value, bool>>{{"1", true}, {std::int64_t{0}, false}, {"yes", false}}) {
        wire_message message;
        message.headers = {{"busbar-idempotent", said}};

        EXPECT_EQ(call_of(message, now).is_idempotent, is_meant);
    }
}

TEST(request_message, is_answered_to_where_it_came_from) {
    wire_message asked;
    asked.reply_to = "amq.rabbitmq.reply-to.g1";
    asked.correlation_id = "7";

    const auto reply = reply_message(asked, std::string{"{}"});

    EXPECT_EQ(reply.exchange, "");
    EXPECT_EQ(reply.routing_key, "amq.rabbitmq.reply-to.g1");
    EXPECT_EQ(reply.correlation_id, "7");
    EXPECT_FALSE(reply.is_mandatory) << "who asked may be gone";
}

TEST(request_message, brings_an_answer_byte_for_byte) {
    const std::string answer{"{\"a\":\"\xc3\xa4\"}\0", 11};

    EXPECT_EQ(over_the_wire(answer), answer);
}

TEST_P(errors, come_over_the_wire_whole) {
    const core::error error{GetParam(), "What \"happened\"\n", {{"name", "is too long"}, {"", ""}}, "too_long"};

    const auto got = over_the_wire(std::unexpected{error});

    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), error);
}
INSTANTIATE_TEST_SUITE_P(of_every_kind, errors,
                         testing::Values(error_kind::invalid, error_kind::not_found, error_kind::conflict,
                                         error_kind::denied, error_kind::unauthenticated, error_kind::gone,
                                         error_kind::precondition_failed, error_kind::no_handler,
                                         error_kind::overloaded, error_kind::storage_full, error_kind::timed_out,
                                         error_kind::remote));

TEST(request_message, takes_an_answer_without_a_status_from_another_program) {
    wire_message reply;
    reply.body = R"({"total":3})";

    EXPECT_EQ(answer_of(reply), R"({"total":3})");
}

TEST(request_message, takes_a_status_that_it_does_not_know_for_a_failure) {
    wire_message reply;
    reply.headers = {{"busbar-status", "too_early"}};
    reply.body = R"({"detail":"not before nine","fields":[],"code":"c"})";

    const auto got = answer_of(reply);

    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), (core::error{error_kind::remote, "not before nine", {}, "c"}));
}

TEST(request_message, keeps_the_kind_of_an_error_whose_words_cannot_be_read) {
    for (const std::string& body : std::vector<std::string>{"", "null", "[]", R"({"detail":5})", "\xff"}) {
        wire_message reply;
        reply.headers = {{"busbar-status", "conflict"}};
        reply.body = body;

        const auto got = answer_of(reply);

        ASSERT_FALSE(got) << body;
        EXPECT_EQ(got.error().kind, error_kind::conflict) << body;
        EXPECT_FALSE(got.error().detail.empty()) << body;
    }
}
