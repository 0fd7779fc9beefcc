#include "account_under_test.hpp"

using namespace std::chrono_literals;

namespace registration::test {

// S07: the current password is asked for, the session goes on under a new token, the others end, and the owner is told.
CO_TEST(registration_accounts, S07_a_new_password_ends_the_other_sessions) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto other = co_await account.signed_in_token();
    const auto own = co_await account.signed_in_token();
    const auto own_id = co_await account.session_of(own);

    const auto wrong = co_await account.request(change_password{user_id, own_id, other_password, other_password, true});
    const auto changed = co_await account.request(change_password{user_id, own_id, password, other_password, true});

    EXPECT_EQ(wrong.error().fields, (std::vector<core::field_error>{{"current_password", "is not right"}}));
    CO_ASSERT_TRUE(changed.has_value());
    EXPECT_FALSE(co_await account.is_signed_in(other));
    EXPECT_FALSE(co_await account.is_signed_in(own));
    EXPECT_EQ(co_await account.session_of(changed->token.value()), own_id);
    EXPECT_EQ(account.published<password_changed>().size(), 1U);
    EXPECT_FALSE((co_await account.try_to_sign_in()).has_value());
    EXPECT_TRUE((co_await account.try_to_sign_in("ada@example.org", other_password)).has_value());
}

CO_TEST(registration_accounts, a_new_password_keeps_the_same_rule) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto session_id = co_await account.session_of(co_await account.signed_in_token());

    const auto refused = co_await account.request(change_password{user_id, session_id, password, "password123", false});

    CO_ASSERT_TRUE(!refused.has_value());
    EXPECT_EQ(refused.error().fields.at(0).field, "new_password");
    EXPECT_EQ(refused.error().code, "too_common");
}

// S16: single use, of its purpose only, and it ends every session.
CO_TEST(registration_accounts, S16_a_link_for_a_new_password_works_once) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto session = co_await account.signed_in_token();
    EXPECT_TRUE((co_await account.request(forgot_password{"ADA@example.org"})).has_value());
    CO_ASSERT_TRUE(account.published<password_reset_requested>().size() == 1);
    const auto token = co_await account.mailed_token(user_id, "password_reset");
    EXPECT_EQ((co_await account.request(confirm{token})).error().kind, core::error_kind::gone);

    EXPECT_EQ((co_await account.request(reset_password{token, "short"})).error().kind, core::error_kind::invalid);
    EXPECT_TRUE((co_await account.request(reset_password{token, other_password})).has_value());

    EXPECT_EQ((co_await account.request(reset_password{token, other_password})).error().kind, core::error_kind::gone);
    EXPECT_FALSE(co_await account.is_signed_in(session));
    EXPECT_TRUE((co_await account.try_to_sign_in("ada@example.org", other_password)).has_value());
    EXPECT_EQ(account.published<password_changed>().size(), 1U);
}

CO_TEST(registration_accounts, S16_such_a_link_expires_and_a_link_for_another_purpose_is_none) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto token = co_await account.mailed_token(user_id, "password_reset");
    (void)co_await account.request(register_user{"Bob", "bob@example.org", password});
    const auto confirmation =
        co_await account.mailed_token(account.published<user_registered>().back().user_id, "confirmation");

    EXPECT_EQ((co_await account.request(reset_password{confirmation, other_password})).error().kind,
              core::error_kind::gone);
    co_await account.advance(30min);
    EXPECT_EQ((co_await account.request(reset_password{token, other_password})).error().kind, core::error_kind::gone);
}

CO_TEST(registration_accounts, S16_only_the_newest_link_for_a_new_password_works) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto older = co_await account.mailed_token(user_id, "password_reset");
    const auto newer = co_await account.mailed_token(user_id, "password_reset");

    EXPECT_EQ(newer.size(), 43U) << "32 bytes in base64url";
    EXPECT_EQ((co_await account.request(reset_password{older, other_password})).error().kind, core::error_kind::gone);
    EXPECT_TRUE((co_await account.request(reset_password{newer, other_password})).has_value());
}

// S14: at most one mail in two minutes and five in an hour, whatever is answered.
CO_TEST(registration_accounts, S14_nobody_floods_an_inbox) {
    account_under_test account{[](settings& options) { options.mails_per_account = core::rate{1, 2min}; }};
    co_await account.open_account();
    const auto mails = [&] {
        return account.published<password_reset_requested>().size() + account.published<registration_repeated>().size();
    };
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE((co_await account.request(forgot_password{"ada@example.org"})).has_value());
        EXPECT_TRUE((co_await account.ask_for_account("ada@example.org")).has_value());
    }
    EXPECT_EQ(mails(), 1U);

    for (int i = 0; i < 6; ++i) {
        co_await account.advance(2min);
        EXPECT_TRUE((co_await account.request(forgot_password{"ada@example.org"})).has_value());
    }

    EXPECT_EQ(mails(), 5U);
    co_await account.advance(1h);
    EXPECT_TRUE((co_await account.request(forgot_password{"ada@example.org"})).has_value());
    EXPECT_EQ(mails(), 6U);
}

CO_TEST(registration_accounts, S14_nobody_floods_who_has_not_confirmed) {
    account_under_test account{[](settings& options) { options.mails_per_account = core::rate{1, 2min}; }};
    (void)co_await account.register_user("ada@example.org");
    co_await account.advance(2min);

    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE((co_await account.request(resend_confirmation{"ada@example.org"})).has_value());
        EXPECT_TRUE((co_await account.request(forgot_password{"ada@example.org"})).has_value());
    }

    EXPECT_EQ(account.published<confirmation_requested>().size(), 1U);
    EXPECT_TRUE(account.published<password_reset_requested>().empty());
}

// S10, S11: an unknown address takes the same steps.
CO_TEST(registration_accounts, S10_what_is_asked_for_an_unknown_address_is_answered_and_noted_alike) {
    account_under_test account;
    co_await account.open_account();
    const auto before = account.count("mail_requests");

    EXPECT_TRUE((co_await account.request(forgot_password{"nobody@example.org"})).has_value());
    EXPECT_TRUE((co_await account.request(resend_confirmation{"nobody@example.org"})).has_value());

    EXPECT_EQ(account.count("mail_requests"), before + 2);
    EXPECT_TRUE(account.published<password_reset_requested>().empty());
    EXPECT_TRUE(account.published<confirmation_requested>().empty());
    EXPECT_EQ((co_await account.request(forgot_password{"no address"})).error().kind, core::error_kind::invalid);
}

CO_TEST(registration_accounts, the_link_is_mailed_again_to_who_has_not_confirmed) {
    account_under_test account;
    (void)co_await account.register_user("ada@example.org");

    EXPECT_TRUE((co_await account.request(resend_confirmation{"ada@example.org"})).has_value());
    EXPECT_TRUE((co_await account.request(forgot_password{"ada@example.org"})).has_value());

    EXPECT_EQ(account.published<confirmation_requested>().size(), 2U);
    EXPECT_TRUE(account.published<password_reset_requested>().empty());
}

CO_TEST(registration_accounts, a_new_address_counts_once_it_is_confirmed) {
    account_under_test account;
    const auto user_id = co_await account.open_account();

    const auto asked = co_await account.request(update_user{user_id, "Ada Lovelace", "lovelace@example.org"});

    CO_ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(asked->name, "Ada Lovelace");
    EXPECT_EQ(asked->email, "ada@example.org");
    const auto requested = account.published<address_change_requested>();
    CO_ASSERT_TRUE(requested.size() == 1);
    EXPECT_EQ(requested[0].new_email, "lovelace@example.org");
    EXPECT_FALSE(requested[0].is_taken);
    EXPECT_EQ(account.published<name_changed>().size(), 1U);

    const auto token = co_await account.mailed_token(user_id, "new_address");
    EXPECT_TRUE((co_await account.request(confirm{token})).has_value());

    const auto changed = account.published<address_changed>();
    CO_ASSERT_TRUE(changed.size() == 1);
    EXPECT_EQ(changed[0].old_email, "ada@example.org");
    EXPECT_FALSE((co_await account.try_to_sign_in()).has_value());
    EXPECT_TRUE((co_await account.try_to_sign_in("lovelace@example.org")).has_value());
}

CO_TEST(registration_accounts, an_address_of_somebody_else_is_answered_alike_and_never_taken) {
    account_under_test account;
    (void)co_await account.open_account("bob@example.org");
    const auto user_id = co_await account.open_account();

    EXPECT_TRUE((co_await account.request(update_user{user_id, {}, "bob@example.org"})).has_value());

    EXPECT_TRUE(account.published<address_change_requested>().at(0).is_taken);
    const auto token = co_await account.mailed_token(user_id, "new_address");
    EXPECT_EQ((co_await account.request(confirm{token})).error().kind, core::error_kind::gone);
    EXPECT_TRUE(account.published<address_changed>().empty());
}

CO_TEST(registration_accounts, only_the_newest_wish_for_an_address_can_be_confirmed) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    (void)co_await account.request(update_user{user_id, {}, "one@example.org"});
    const auto first = co_await account.mailed_token(user_id, "new_address");

    (void)co_await account.request(update_user{user_id, {}, "two@example.org"});

    EXPECT_EQ((co_await account.request(confirm{first})).error().kind, core::error_kind::gone);
}

CO_TEST(registration_accounts, a_deleted_account_leaves_nothing_in_the_tables) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    const auto token = co_await account.signed_in_token();

    EXPECT_EQ((co_await account.request(delete_user{user_id, other_password})).error().fields.at(0).field, "password");
    EXPECT_TRUE((co_await account.request(delete_user{user_id, password})).has_value());

    EXPECT_FALSE(co_await account.is_signed_in(token));
    for (const auto* table : {"users", "tokens", "sessions"}) EXPECT_EQ(account.count(table), 0) << table;
    CO_ASSERT_TRUE(account.published<user_deleted>().size() == 1);
    EXPECT_EQ((co_await account.request(delete_user{user_id, password})).error().kind, core::error_kind::not_found);
    EXPECT_TRUE((co_await account.ask_for_account("ada@example.org")).has_value()) << "the address is free again";
}

CO_TEST(registration_accounts, who_guesses_from_outside_does_not_keep_the_owner_from_changing_the_password) {
    account_under_test account{[](settings& options) { options.sign_ins_per_account = core::rate{2, 1min}; }};
    const auto user_id = co_await account.open_account();
    const auto session_id = co_await account.session_of(co_await account.signed_in_token());
    for (int i = 0; i < 5; ++i) (void)co_await account.try_to_sign_in("ada@example.org", other_password);

    const auto changed =
        co_await account.request(change_password{user_id, session_id, password, other_password, false});

    EXPECT_TRUE(changed.has_value());
}

CO_TEST(registration_accounts, operators_list_disable_enable_and_end_sessions) {
    account_under_test account;
    const auto user_id = co_await account.open_account();
    (void)co_await account.register_user("percent%_x@example.org");
    const auto token = co_await account.signed_in_token();

    EXPECT_TRUE((co_await account.request(disable_user{user_id})).has_value());
    EXPECT_FALSE(co_await account.is_signed_in(token));
    EXPECT_EQ((co_await account.try_to_sign_in()).error().kind, core::error_kind::denied);
    EXPECT_TRUE((co_await account.request(disable_user{user_id})).has_value());
    EXPECT_EQ(account.published<user_disabled>().size(), 1U);

    const auto disabled = (co_await account.request(search_users{{}, "disabled"})).value();
    EXPECT_EQ(disabled.total_count, 1);
    EXPECT_EQ(disabled.items.at(0).id, user_id);
    EXPECT_EQ((co_await account.request(search_users{"%_X@", {}})).value().total_count, 1);
    EXPECT_EQ((co_await account.request(search_users{})).value().items.at(0).state, "pending");
    EXPECT_EQ((co_await account.request(search_users{{}, "asleep", 0, 0})).error().fields.size(), 3U);

    EXPECT_TRUE((co_await account.request(enable_user{user_id})).has_value());
    const auto again = co_await account.signed_in_token();
    EXPECT_TRUE((co_await account.request(end_sessions{user_id})).has_value());
    EXPECT_FALSE(co_await account.is_signed_in(again));
    EXPECT_EQ((co_await account.request(end_sessions{"nobody"})).error().kind, core::error_kind::not_found);
}

}  // namespace registration::test
