#include <core/task_group.hpp>

#include "module_under_test.hpp"
#include "secret_token.hpp"

using namespace std::chrono_literals;

namespace registration::test {
namespace {

core::awaitable<void> register_once(module_under_test& registration, int& accepted) {
    const auto answer = co_await registration.ask_for_account("ada@example.org");
    if (answer) ++accepted;
}

}  // namespace

CO_TEST(registration_module, a_registration_makes_one_user_and_tells_of_it) {
    module_under_test registration;

    const auto answer = co_await registration.ask_for_account("Ada@Example.org");

    CO_ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, "pending_confirmation");
    EXPECT_EQ(answer->email, "Ada@Example.org");
    const auto events = registration.published<user_registered>();
    CO_ASSERT_TRUE(events.size() == 1);
    EXPECT_EQ(events[0].email, "Ada@Example.org");
    EXPECT_EQ(registration.text_of("SELECT id FROM users"), events[0].user_id);
}

// S01, S4-16: argon2id with 19 MiB, two passes, one lane, and a salt of its own for each.
CO_TEST(registration_module, passwords_are_kept_as_argon2id_hashes_that_differ) {
    module_under_test registration{[](settings& options) {
        options.hash_memory = settings{}.hash_memory;
        options.hash_passes = settings{}.hash_passes;
    }};

    EXPECT_TRUE((co_await registration.ask_for_account("ada@example.org")).has_value());
    EXPECT_TRUE((co_await registration.ask_for_account("bob@example.org")).has_value());

    const auto first = registration.text_of("SELECT password_hash FROM users WHERE email_key = 'ada@example.org'");
    const auto second = registration.text_of("SELECT password_hash FROM users WHERE email_key = 'bob@example.org'");
    EXPECT_TRUE(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << first;
    EXPECT_NE(first, second);
}

// S10: the answer does not tell whether the address was known.
CO_TEST(registration_module, a_known_address_gets_the_same_answer_and_its_owner_is_told) {
    module_under_test registration;

    const auto first = co_await registration.ask_for_account("ada@example.org");
    const auto again = co_await registration.ask_for_account("ADA@EXAMPLE.ORG");

    CO_ASSERT_TRUE(first && again);
    EXPECT_EQ(first->status, again->status);
    EXPECT_EQ(again->email, "ADA@EXAMPLE.ORG");
    EXPECT_EQ(registration.published<user_registered>().size(), 1U);
    const auto repeated = registration.published<registration_repeated>();
    CO_ASSERT_TRUE(repeated.size() == 1);
    EXPECT_EQ(repeated[0].email, "ada@example.org");
    EXPECT_FALSE(repeated[0].is_confirmed);
    EXPECT_EQ(registration.text_of("SELECT count(*) FROM users"), "1");
}

CO_TEST(registration_module, registrations_of_one_address_at_the_same_time_make_one_user) {
    module_under_test registration;
    core::task_group tasks{harness::loop(), registration.world.clock, registration.world.runtime.log_for("test")};
    int accepted = 0;
    for (int i = 0; i < 10; ++i) tasks.spawn("register", register_once(registration, accepted));
    co_await tasks.join();

    EXPECT_EQ(accepted, 10);
    EXPECT_EQ(registration.text_of("SELECT count(*) FROM users"), "1");
    EXPECT_EQ(registration.published<user_registered>().size(), 1U);
    EXPECT_EQ(registration.published<registration_repeated>().size(), 9U);
}

CO_TEST(registration_module, every_field_that_breaks_a_rule_is_named) {
    module_under_test registration;

    const auto nothing = co_await registration.request(register_user{});
    const auto wrong = co_await registration.request(register_user{std::string(101, 'x'), "no address", "short"});

    CO_ASSERT_TRUE(!nothing && !wrong);
    EXPECT_EQ(nothing.error().fields,
              (std::vector<core::field_error>{
                  {"name", "is required"}, {"email", "is required"}, {"password", "is required"}}));
    CO_ASSERT_TRUE(wrong.error().fields.size() == 3);
    EXPECT_EQ(wrong.error().fields[0].detail, "must have at most 100 characters");
    EXPECT_EQ(wrong.error().fields[2].detail, "must have at least 8 bytes");
    EXPECT_EQ(registration.text_of("SELECT count(*) FROM users"), "0");
}

// S04, S05: any bytes, nothing cut off, and not the address.
CO_TEST(registration_module, passwords_may_hold_anything_but_the_address) {
    module_under_test registration;
    const auto problem = [&](std::string password) -> core::awaitable<std::string> {
        const auto answer = co_await registration.ask_for_account("ada.lovelace@example.org", std::move(password));
        co_return answer ? "" : answer.error().fields.at(0).detail;
    };

    EXPECT_EQ(co_await problem(std::string{"\0 spaces ☃", 12}), "");
    EXPECT_EQ(co_await problem("8 bytes."), "");
    EXPECT_EQ(co_await problem("7 bytes"), "must have at least 8 bytes");
    EXPECT_EQ(co_await problem(std::string(1024, 'x')), "");
    EXPECT_EQ(co_await problem(std::string(1025, 'x')), "must have at most 1024 bytes");
    for (const auto* common : {"password", "PassWord", "qwertyuiop1", "sunshine2024", "123456789"})
        EXPECT_TRUE((co_await problem(common)).starts_with("is among the most used")) << common;
    for (const auto* address : {"Ada.Lovelace123456", "example.org", "Example2024!"})
        EXPECT_EQ(co_await problem(address), "must not contain your e-mail address") << address;
    EXPECT_TRUE((co_await problem("busbar2024")).starts_with("is among the most used")) << "the name of the product";
}

CO_TEST(registration_module, the_link_of_the_mail_confirms) {
    module_under_test registration;
    (void)co_await registration.ask_for_account("ada@example.org");
    const auto user_id = registration.published<user_registered>().at(0).user_id;
    const auto link = (co_await registration.request(mail_link{user_id, "confirmation"})).value().link;
    EXPECT_TRUE(link.starts_with("https://example.org/confirm?token=")) << link;
    const auto token = link.substr(link.find("token=") + 6);

    EXPECT_TRUE((co_await registration.request(confirm{token})).has_value());

    const auto confirmed = registration.published<user_confirmed>();
    CO_ASSERT_TRUE(confirmed.size() == 1);
    EXPECT_EQ(confirmed[0].user_id, user_id);
    EXPECT_EQ((co_await registration.request(mail_link{user_id, "confirmation"})).error().kind,
              core::error_kind::conflict);
}

CO_TEST(registration_module, confirming_twice_publishes_one_user_confirmed) {
    module_under_test registration;
    const auto token = co_await registration.register_user("ada@example.org");

    EXPECT_TRUE((co_await registration.request(confirm{token})).has_value());
    const auto again = co_await registration.request(confirm{token});

    EXPECT_EQ(again.error().kind, core::error_kind::gone);
    EXPECT_EQ(registration.published<user_confirmed>().size(), 1U);
}

CO_TEST(registration_module, a_killed_process_keeps_who_registered_and_what_was_told) {
    module_under_test registration;
    const auto token = co_await registration.register_user("ada@example.org");

    co_await registration.reopen(harness::ending::killed);
    (void)co_await registration.ask_for_account("ada@example.org");
    EXPECT_TRUE((co_await registration.request(confirm{token})).has_value());

    EXPECT_EQ(registration.count("users"), 1);
    EXPECT_EQ(registration.published<user_registered>().size(), 1U);
    EXPECT_EQ(registration.published<user_confirmed>().size(), 1U);
}

// S16: 256 bits, only the hash stored, newest only, 24 hours.
CO_TEST(registration_module, a_token_is_stored_as_its_hash_and_only_the_newest_counts) {
    module_under_test registration;
    (void)co_await registration.ask_for_account("ada@example.org");
    const auto user_id = registration.published<user_registered>().at(0).user_id;
    const auto older = co_await registration.new_token(user_id);
    const auto newer = co_await registration.new_token(user_id);

    EXPECT_EQ(newer.size(), 43U) << "32 bytes in base64url";
    EXPECT_EQ(registration.text_of("SELECT hash FROM tokens"), hash_of(newer));
    EXPECT_EQ((co_await registration.request(confirm{older})).error().kind, core::error_kind::gone);
    EXPECT_TRUE((co_await registration.request(confirm{newer})).has_value());
}

CO_TEST(registration_module, a_token_expires) {
    module_under_test registration;
    const auto token = co_await registration.register_user("ada@example.org");

    co_await registration.advance(24h);

    EXPECT_EQ((co_await registration.request(confirm{token})).error().kind, core::error_kind::gone);
    EXPECT_EQ((co_await registration.request(confirm{""})).error().kind, core::error_kind::gone);
}

// S23: what must stay secret is in no event and no log line.
CO_TEST(registration_module, no_secret_is_published_or_logged) {
    module_under_test registration;
    const auto token = co_await registration.register_user("ada@example.org", "canary-password-7391");
    (void)co_await registration.request(confirm{token});

    std::string everything;
    for (const auto& event : registration.database().events_after(0, 100)) everything += event.data;
    for (const auto& entry : registration.world.log.entries()) everything += core::format_json(entry);
    EXPECT_FALSE(everything.contains("canary"));
    EXPECT_FALSE(everything.contains(token));
    EXPECT_FALSE(everything.contains("argon2"));
}

// The published test vector "abc" of SHA-256 (FIPS 180-4).
TEST(confirmation_token, is_hashed_with_sha256) {
    EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace registration::test
