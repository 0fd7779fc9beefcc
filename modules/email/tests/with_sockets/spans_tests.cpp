#include <algorithm>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using email::module_under_test;
using namespace std::chrono_literals;

core::log_value attribute(const core::span_record& span, std::string_view name) {
    const auto found = std::ranges::find(span.attributes, name, &core::log_field::name);
    return found == span.attributes.end() ? core::log_value{"none"} : found->value;
}

}  // namespace

// Each attempt is a part of what ordered the mail, also after a restart; what a server says is in none.
CO_TEST(mail_spans, tell_of_each_attempt_below_what_ordered_the_mail) {
    email::scripted_smtp_server server{[](std::size_t, const std::string& line) {
        return line == "MESSAGE" ? std::optional<std::string>{"451 canary-reply\r\n"} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};
    email.world.traces.start();

    const auto id = co_await email.send();
    co_await email.finished();
    server.set_script({});
    co_await email.reopen();
    co_await email.advance(1min);
    co_await email.until(id, "sent");

    std::vector<core::span_record> attempts;
    std::string trace_id;
    for (auto& span : email.world.traces.take(100)) {
        if (span.name == "a test" && trace_id.empty()) trace_id = span.trace_id;
        for (const auto& [name, value] : span.attributes)
            EXPECT_NE(value, core::log_value{std::string{"canary-reply"}}) << name;
        if (span.name == "smtp send") attempts.push_back(std::move(span));
    }
    CO_ASSERT_TRUE(attempts.size() == 2u);
    EXPECT_EQ(attempts[0].trace_id, trace_id);
    EXPECT_EQ(attempts[1].trace_id, trace_id);
    EXPECT_EQ(attempts[0].parent_span_id, attempts[1].parent_span_id);
    EXPECT_TRUE(attempts[0].has_failed);
    EXPECT_EQ(attribute(attempts[0], "error.type"), core::log_value{std::string{"451"}});
    EXPECT_FALSE(attempts[1].has_failed);
    EXPECT_EQ(attribute(attempts[1], "busbar.attempt"), core::log_value{std::int64_t{2}});
    EXPECT_EQ(attribute(attempts[1], "busbar.email.id"), core::log_value{id});
}
