#include "account_under_test.hpp"
#include "secret_token.hpp"

using namespace std::chrono_literals;

namespace registration::test {

CO_TEST(registration_sessions, the_right_password_begins_one) {
    account_under_test account;
    const auto user_id = co_await account.open_account();

    const auto begun = co_await account.try_to_sign_in("ADA@example.org");

    CO_ASSERT_TRUE(begun.has_value());
    EXPECT_EQ(begun->user.id, user_id);
    EXPECT_EQ(begun->user.email, "ada@example.org");
    EXPECT_TRUE(begun->user.confirmed);
    EXPECT_EQ(begun->expires_at, account.world.clock.now() + 12h);
    const auto found = co_await account.request(find_session{begun->token});
    CO_ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->user.id, user_id);
}

// S20: 256 bits, new at each sign-in, only the hash stored.
CO_TEST(registration_sessions, S20_a_token_is_new_each_time_and_stored_as_its_hash) {
    account_under_test account;
    co_await account.open_account();

    const auto first = co_await account.signed_in_token();
    const auto second = co_await account.signed_in_token();

    EXPECT_NE(first, second);
    EXPECT_EQ(first.size(), 43U) << "32 bytes in base64url";
    EXPECT_EQ(account.text_of("SELECT token_hash FROM sessions ORDER BY id LIMIT 1"), hash_of(first));
}

// S10: nobody learns from the answer what was wrong.
CO_TEST(registration_sessions, S10_a_wrong_password_and_an_unknown_address_get_the_same_answer) {
    account_under_test account;
    co_await account.open_account();
    (void)co_await account.register_user("new@example.org");
    (void)co_await account.open_account("off@example.org");
    (void)co_await account.request(disable_user{account.published<user_registered>().back().user_id});

    const auto wrong = co_await account.try_to_sign_in("ada@example.org", other_password);

    EXPECT_EQ(wrong.error().kind, core::error_kind::unauthenticated);
    for (const auto* address : {"nobody@example.org", "new@example.org", "off@example.org", "no address", ""})
        EXPECT_EQ((co_await account.try_to_sign_in(address, other_password)).error(), wrong.error()) << address;
}

CO_TEST(registration_sessions, an_address_that_is_not_confirmed_is_told_so_after_the_right_password) {
    account_under_test account;
    (void)co_await account.register_user("ada@example.org");

    const auto refused = co_await account.try_to_sign_in();

    EXPECT_EQ(refused.error().kind, core::error_kind::denied);
    EXPECT_EQ(refused.error().code, "confirmation-required");
}

// S04, S54: nothing is cut off, and the same characters are the same password however they are composed.
CO_TEST(registration_sessions, S04_passwords_are_compared_whole_and_normalised) {
    account_under_test account;
    const std::string eighty(80, 'x');
    (void)co_await account.ask_for_account("ada@example.org", eighty + "\xc3\xa9");  // é
    const auto token = co_await account.new_token(account.published<user_registered>().back().user_id);
    (void)co_await account.request(confirm{token});

    EXPECT_FALSE((co_await account.try_to_sign_in("ada@example.org", eighty.substr(0, 72))).has_value());
    EXPECT_TRUE((co_await account.try_to_sign_in("ada@example.org", eighty + "e\xcc\x81")).has_value());
}

// S22
CO_TEST(registration_sessions, S22_one_ends_when_it_is_not_used) {
    account_under_test account;
    co_await account.open_account();
    const auto token = co_await account.signed_in_token();

    for (int i = 0; i < 2; ++i) {
        co_await account.advance(29min);
        EXPECT_TRUE(co_await account.is_signed_in(token)) << i;
    }
    co_await account.advance(30min);

    EXPECT_FALSE(co_await account.is_signed_in(token));
}

CO_TEST(registration_sessions, S22_one_ends_however_much_it_is_used) {
    account_under_test account{[](settings& options) { options.session_lifetime = 1h; }};
    co_await account.open_account();
    const auto token = co_await account.signed_in_token();

    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(co_await account.is_signed_in(token)) << i;
        co_await account.advance(20min);
    }

    EXPECT_FALSE(co_await account.is_signed_in(token));
}

CO_TEST(registration_sessions, they_are_kept_over_a_kill) {
    account_under_test account;
    co_await account.open_account();
    const auto token = co_await account.signed_in_token();

    co_await account.reopen(harness::ending::killed);

    EXPECT_TRUE(co_await account.is_signed_in(token));
}

CO_TEST(registration_sessions, S22_their_owner_lists_and_ends_them) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto old = co_await account.signed_in_token();
    co_await account.advance(5min);
    const auto own = co_await account.signed_in_token();
    const auto own_id = co_await account.session_of(own);

    const auto listed = (co_await account.request(list_sessions{user_id, own_id})).value().items;

    CO_ASSERT_TRUE(listed.size() == 2);
    EXPECT_TRUE(listed[0].current);
    EXPECT_EQ(listed[0].id, own_id);
    EXPECT_FALSE(listed[1].current);
    EXPECT_EQ(listed[1].client, "a browser");
    EXPECT_TRUE((co_await account.request(end_session{user_id, listed[1].id})).has_value());
    EXPECT_FALSE(co_await account.is_signed_in(old));
    EXPECT_TRUE(co_await account.is_signed_in(own));
    EXPECT_EQ((co_await account.request(end_session{user_id, listed[1].id})).error().kind, core::error_kind::not_found);
    EXPECT_EQ((co_await account.request(end_session{"somebody else", own_id})).error().kind,
              core::error_kind::not_found);
}

CO_TEST(registration_sessions, those_that_are_over_are_removed_in_time) {
    account_under_test account;
    co_await account.open_account();
    (void)co_await account.signed_in_token();
    co_await account.advance(1h);

    (void)co_await account.signed_in_token();

    EXPECT_EQ(account.count("sessions"), 1);
}

// S12: the sixth within a minute, right or wrong, known or not.
CO_TEST(registration_sessions, S12_too_many_attempts_are_refused_before_a_password_is_hashed) {
    account_under_test account{[](settings& options) { options.sign_ins_per_account = core::rate{5, 1min}; }};
    co_await account.open_account();
    for (const auto* address : {"ada@example.org", "nobody@example.org"}) {
        for (int i = 0; i < 4; ++i)
            EXPECT_EQ((co_await account.try_to_sign_in(address, other_password)).error().kind,
                      core::error_kind::unauthenticated);
        (void)co_await account.try_to_sign_in(address, other_password);

        const auto refused = co_await account.try_to_sign_in(address);

        EXPECT_EQ(refused.error().kind, core::error_kind::limited) << address;
        EXPECT_EQ(refused.error().retry_after, 1s);
    }
}

// Where no hash can be had at all, whoever is let through is told so, and who is refused never asks for one.
CO_TEST(registration_sessions, S12_who_is_refused_costs_no_hash) {
    account_under_test account{[](settings& options) { options.sign_ins_per_account = core::rate{5, 1min}; }};
    co_await account.open_account();
    account.options().hash_queue = 0;
    co_await account.reopen(harness::ending::clean);

    for (const auto* address : {"ada@example.org", "nobody@example.org"}) {
        for (int i = 0; i < 5; ++i)
            EXPECT_EQ((co_await account.try_to_sign_in(address)).error().kind, core::error_kind::overloaded) << address;
        EXPECT_EQ((co_await account.try_to_sign_in(address)).error().kind, core::error_kind::limited) << address;
    }
}

CO_TEST(registration_sessions, S12_all_accounts_together_have_a_limit_too) {
    account_under_test account{[](settings& options) { options.sign_ins = core::rate{3, 1min}; }};
    co_await account.open_account();
    for (const auto* address : {"a@example.org", "b@example.org", "c@example.org"})
        EXPECT_EQ((co_await account.try_to_sign_in(address)).error().kind, core::error_kind::unauthenticated);

    EXPECT_EQ((co_await account.try_to_sign_in()).error().kind, core::error_kind::limited);
    co_await account.advance(1min);
    EXPECT_TRUE((co_await account.try_to_sign_in()).has_value());
}

// S13: a pause that doubles up to a quarter of an hour, and never a lock.
CO_TEST(registration_sessions, S13_each_failure_doubles_the_pause_and_after_it_the_owner_is_let_in) {
    account_under_test account{[](settings& options) { options.sign_ins_per_account = core::rate{5, 1s}; }};
    co_await account.open_account();
    for (int i = 0; i < 5; ++i) (void)co_await account.try_to_sign_in("ada@example.org", other_password);

    for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 900s, 900s}) {
        const auto refused = co_await account.try_to_sign_in();
        EXPECT_EQ(refused.error().kind, core::error_kind::limited);
        EXPECT_EQ(refused.error().retry_after, pause);
        co_await account.advance(pause);
        EXPECT_EQ((co_await account.try_to_sign_in("ada@example.org", other_password)).error().kind,
                  core::error_kind::unauthenticated);
    }
    co_await account.advance(15min);

    EXPECT_TRUE((co_await account.try_to_sign_in()).has_value());
}

// With the limits as they are by default: a new password by mail ends the pause and all that was counted.
CO_TEST(registration_sessions, S13_after_twenty_failures_a_reset_lets_the_owner_in_at_once) {
    account_under_test account{[](settings& options) { options.sign_ins_per_account = core::rate{5, 1min}; }};
    const auto user_id = co_await account.open_account();
    for (int i = 0; i < 20; ++i) (void)co_await account.try_to_sign_in("ada@example.org", other_password);
    const auto refused = co_await account.try_to_sign_in();
    EXPECT_EQ(refused.error().kind, core::error_kind::limited);

    const auto token = co_await account.mailed_token(user_id, "password_reset");
    EXPECT_TRUE((co_await account.request(reset_password{token, other_password})).has_value());

    EXPECT_TRUE((co_await account.try_to_sign_in("ada@example.org", other_password)).has_value());
}

// S02: what was hashed at another cost is hashed anew when its owner comes.
CO_TEST(registration_sessions, S02_a_password_is_hashed_anew_after_the_cost_has_grown) {
    account_under_test account;
    co_await account.open_account();
    EXPECT_TRUE(account.text_of("SELECT password_hash FROM users").starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
    account.options().hash_passes = 3;
    co_await account.reopen(harness::ending::clean);

    EXPECT_TRUE((co_await account.try_to_sign_in()).has_value());

    EXPECT_TRUE(account.text_of("SELECT password_hash FROM users").starts_with("$argon2id$v=19$m=64,t=3,p=1$"));
    EXPECT_TRUE((co_await account.try_to_sign_in()).has_value());
}

CO_TEST(registration_metrics, count_what_people_do) {
    account_under_test account;
    const auto count = [&](std::string series) { return harness::metric(account.world, std::move(series)); };
    (void)co_await account.register_user("new@example.org");
    (void)co_await account.try_to_sign_in("new@example.org");  // not confirmed
    co_await account.open_account();
    (void)co_await account.ask_for_account("ada@example.org", password);
    (void)co_await account.try_to_sign_in();
    (void)co_await account.try_to_sign_in("ada@example.org", other_password);
    (void)co_await account.try_to_sign_in("nobody@example.org");

    EXPECT_EQ(co_await count(R"(busbar_registration_registrations_total{outcome="new"})"), 2.0);
    EXPECT_EQ(co_await count(R"(busbar_registration_registrations_total{outcome="known"})"), 1.0);
    EXPECT_EQ(co_await count("busbar_registration_confirmations_total"), 1.0);
    EXPECT_EQ(co_await count(R"(busbar_registration_sign_ins_total{outcome="succeeded"})"), 1.0);
    EXPECT_EQ(co_await count(R"(busbar_registration_sign_ins_total{outcome="failed"})"), 2.0);
    EXPECT_EQ(co_await count(R"(busbar_registration_sign_ins_total{outcome="refused"})"), 1.0);
    EXPECT_EQ(co_await count("busbar_registration_password_hash_duration_seconds_count"), 7.0);
}

}  // namespace registration::test
