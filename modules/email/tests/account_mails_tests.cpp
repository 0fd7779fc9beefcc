#include "module_under_test.hpp"

namespace {

using email::module_under_test;
using namespace registration;

core::awaitable<email::email_view> only_mail(module_under_test& email) {
    co_await email.finished();
    const auto mails = co_await email.all();
    EXPECT_EQ(mails.size(), 1U);
    if (mails.empty()) co_return email::email_view{};
    co_return co_await email.get(mails[0].id);
}

void expect_part(const std::optional<std::string>& text, const std::string& part) {
    EXPECT_NE(text.value_or("").find(part), std::string::npos) << text.value_or("(nothing)");
}

}  // namespace

CO_TEST(account_mails, a_reset_holds_its_link) {
    module_under_test email;

    co_await email.happened(password_reset_requested{"u1", "Ada", "ada@example.org"});

    const auto mail = co_await only_mail(email);
    EXPECT_EQ(mail.to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(mail.subject, "A new password for Busbar");
    for (const auto& part : {mail.text, mail.html})
        expect_part(part, std::string{"http://127.0.0.1:8080/reset?token="} + module_under_test::token);
}

CO_TEST(account_mails, a_confirmation_that_is_wanted_again_is_the_welcome) {
    module_under_test email;

    co_await email.happened(confirmation_requested{"u1", "Ada", "ada@example.org"});

    EXPECT_EQ((co_await only_mail(email)).subject, "Welcome, Ada: please confirm your address");
}

// S07, ASVS 6.3.7
CO_TEST(account_mails, S07_a_changed_password_is_told_with_the_way_back) {
    module_under_test email;

    co_await email.happened(password_changed{"u1", "Ada", "ada@example.org"});

    const auto mail = co_await only_mail(email);
    EXPECT_EQ(mail.subject, "Your password was changed");
    for (const auto& part : {mail.text, mail.html}) expect_part(part, "http://127.0.0.1:8080/forgot");
    EXPECT_EQ(email.links_made, 0U);
}

CO_TEST(account_mails, a_new_address_gets_the_link_and_the_old_one_is_told_afterwards) {
    module_under_test email;

    co_await email.happened(address_change_requested{"u1", "Ada", "old@example.org", "new@example.org", false});
    co_await email.finished();
    co_await email.happened(address_changed{"u1", "Ada", "old@example.org", "new@example.org"});
    co_await email.finished();

    const auto mails = co_await email.all();  // newest first
    CO_ASSERT_TRUE(mails.size() == 2);
    EXPECT_EQ(mails[1].to, std::vector<std::string>{"new@example.org"});
    expect_part((co_await email.get(mails[1].id)).text, module_under_test::token);
    EXPECT_EQ(mails[0].to, std::vector<std::string>{"old@example.org"});
    EXPECT_EQ(mails[0].subject, "Your account has a new address");
}

// Neither a link nor the name of who tried.
CO_TEST(account_mails, a_new_address_that_is_taken_gets_no_link) {
    module_under_test email;

    co_await email.happened(address_change_requested{"u1", "Mallory", "m@example.org", "ada@example.org", true});

    const auto mail = co_await only_mail(email);
    EXPECT_EQ(mail.to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(mail.subject, "You already have an account");
    EXPECT_EQ(mail.text.value_or("").find("Mallory"), std::string::npos);
    EXPECT_EQ(email.links_made, 0U);
}

CO_TEST(account_mails, a_deleted_account_leaves_the_mail_that_says_so) {
    module_under_test email;
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.user_registered("Bob", "bob@example.org");
    co_await email.finished();
    (void)(co_await email.request(email::send_email{{"ada@example.org", "bob@example.org"}, "To both", "Hello", {}}))
        .value();
    co_await email.finished();

    co_await email.happened(user_deleted{"u1", "Ada", "ADA@example.org"});
    co_await email.finished();

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 3);
    EXPECT_EQ(mails[0].subject, "Your account was deleted");
    EXPECT_EQ(mails[1].subject, "To both");
    EXPECT_EQ(mails[1].status, "captured") << "it may be released to Bob";
    for (const std::size_t of_bob : {1U, 2U}) EXPECT_EQ(mails[of_bob].to, std::vector<std::string>{"bob@example.org"});
    EXPECT_EQ(email.count("recipients"), 3);
    EXPECT_EQ(email.count("messages"), 3);
}
