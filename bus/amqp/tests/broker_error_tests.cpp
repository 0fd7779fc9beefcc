#include <gtest/gtest.h>

#include "broker_error.hpp"

namespace {

using bus::amqp::broker_address;
using bus::amqp::broker_close;
using bus::amqp::explain;

const broker_address broker{.host = "mq.example.org", .user = "ada", .password = "tulip", .virtual_host = "/shop"};

std::string refused(std::uint16_t class_id, std::uint16_t method_id, const std::string& what) {
    return explain({.code = 403,
                    .text = "ACCESS_REFUSED - " + what + " in vhost '/shop' refused for user 'ada'",
                    .class_id = class_id,
                    .method_id = method_id},
                   broker);
}

void expect_start(const std::string& text, const std::string& start) { EXPECT_TRUE(text.starts_with(start)) << text; }

}  // namespace

TEST(broker_error, names_the_missing_right_of_each_operation) {
    expect_start(refused(40, 10, "access to exchange 'a.b'"),
                 "user ada needs the right `configure` on `a.b` in virtual host `/shop`");
    expect_start(refused(50, 10, "access to queue 'q'"), "user ada needs the right `configure` on `q`");
    expect_start(refused(50, 10, "access to exchange 'dead'"), "user ada needs the right `write` on `dead`");
    expect_start(refused(50, 20, "access to queue 'q'"), "user ada needs the right `write` on `q`");
    expect_start(refused(50, 20, "access to exchange 'e'"), "user ada needs the right `read` on `e`");
    expect_start(refused(60, 20, "access to queue 'q'"), "user ada needs the right `read` on `q`");
    expect_start(refused(60, 40, "access to exchange 'e'"), "user ada needs the right `write` on `e`");
}

TEST(broker_error, believes_the_broker_when_it_names_the_right) {
    expect_start(refused(50, 10, "read access to queue 'q'"), "user ada needs the right `read` on `q`");
}

TEST(broker_error, finds_a_name_that_holds_quotes) {
    expect_start(refused(60, 40, "access to exchange 'it's'"), "user ada needs the right `write` on `it's` in");
}

TEST(broker_error, names_a_topic_that_may_not_be_written) {
    expect_start(refused(60, 40, "access to topic 'log.a' in exchange 'e'"),
                 "user ada needs the right `write` on the topic `log.a` in virtual host");
}

TEST(broker_error, never_tells_the_password) {
    const auto text = explain({.code = 403, .text = "ACCESS_REFUSED - Login was refused"}, broker);

    expect_start(text,
                 "the broker at mq.example.org:5672 refused to sign in user ada: check the user and the password");
    EXPECT_EQ(text.find("tulip"), std::string::npos);
}

TEST(broker_error, says_what_to_do_about_a_queue_with_other_arguments) {
    const auto text = explain(
        {.code = 406, .text = "PRECONDITION_FAILED - inequivalent arg 'x-max-length'", .class_id = 50, .method_id = 10},
        broker);

    EXPECT_EQ(text,
              "PRECONDITION_FAILED - inequivalent arg 'x-max-length'; nothing was changed; delete the queue or give it "
              "back its arguments");
}

TEST(broker_error, names_a_virtual_host_that_lets_nobody_in) {
    expect_start(explain({.code = 530, .text = "NOT_ALLOWED - vhost /shop not found"}, broker),
                 "the broker at mq.example.org:5672 does not let user ada into virtual host `/shop`");
}

TEST(broker_error, passes_on_what_it_does_not_know) {
    EXPECT_EQ(explain({.code = 320, .text = "CONNECTION_FORCED - bye"}, broker),
              "the broker at mq.example.org:5672 ended it: 320 CONNECTION_FORCED - bye");
}
