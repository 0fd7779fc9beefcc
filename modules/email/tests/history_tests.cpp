#include "module_under_test.hpp"

// What can be asked about mails that were sent, and what can be asked for in one.
namespace {

using email::module_under_test;
using email::search_emails;

email::send_email a_mail(std::string subject, std::string text) {
    return {.to = {"ada@example.org"}, .subject = std::move(subject), .text = std::move(text), .html = {}};
}

core::awaitable<std::string> found(module_under_test& email, std::string words) {
    const auto page = co_await email.request(search_emails{.receiver = {}, .status = {}, .search = std::move(words)});
    std::string subjects;
    for (const auto& mail : page.value().items) subjects += mail.subject + ";";
    co_return subjects;
}

std::int64_t indexed(module_under_test& email) {
    return email.database().read([](storage::reader& reader) {
        return reader.query_one<std::int64_t>("SELECT count(*) FROM email_words_docsize");
    });
}

std::string fields_of(const core::error& error) {
    std::string text;
    for (const auto& field : error.fields) text += field.field + ";";
    return text;
}

}  // namespace

CO_TEST(email_history, finds_mails_by_the_beginnings_of_their_words) {
    module_under_test email;
    (void)co_await email.request(a_mail("Your invoice", "It is due in Z\u00fcrich."));
    (void)co_await email.request(a_mail("Your order", "It was sent to bob."));

    EXPECT_EQ(co_await found(email, "your"), "Your order;Your invoice;");
    EXPECT_EQ(co_await found(email, "INV zurich"), "Your invoice;");
    EXPECT_EQ(co_await found(email, "ada@example.org order"), "Your order;");
    EXPECT_EQ(co_await found(email, "order zurich"), "");
    for (const auto* text : {"\"", "*", "NEAR(your", "subject:order\"", "'; DROP TABLE emails; --"})
        EXPECT_EQ(co_await found(email, text), "") << text;
    const auto of_both = co_await email.request(
        search_emails{.receiver = "ada@example.org", .status = "captured", .search = "order", .page = 1, .size = 10});
    EXPECT_EQ(of_both.value().total_count, 1);
    const auto of_neither = co_await email.request(
        search_emails{.receiver = "bob@example.org", .status = {}, .search = "order", .page = 1, .size = 10});
    EXPECT_EQ(of_neither.value().total_count, 0);
}

CO_TEST(email_history, S16_nothing_is_found_by_a_secret) {
    module_under_test email;
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.finished();

    EXPECT_NE(co_await found(email, "welcome"), "");
    EXPECT_EQ(co_await found(email, module_under_test::token), "");
    const auto words = email.database().read([](storage::reader& reader) {
        return reader.query_one<std::string>("SELECT group_concat(body, ' ') FROM email_words");
    });
    EXPECT_FALSE(words.contains(module_under_test::token));
}

CO_TEST(email_history, words_of_mails_are_put_in_after_a_while_without_anybody_who_searches) {
    module_under_test email;
    (void)co_await email.request(a_mail("To Ada", "A zebra"));
    co_await email.finished();
    EXPECT_EQ(indexed(email), 0);

    co_await email.advance(std::chrono::seconds{1});

    EXPECT_EQ(indexed(email), 1);
}

CO_TEST(email_history, words_that_were_not_put_in_before_the_end_are_put_in_after_the_start) {
    module_under_test email;
    (void)co_await email.request(a_mail("To Ada", "A zebra"));
    co_await email.finished();

    co_await email.reopen(harness::ending::killed);

    EXPECT_EQ(co_await found(email, "zebra"), "To Ada;");
}

// The mail that is about the deletion gets the number of the one that went with it.
CO_TEST(email_history, a_mail_with_the_number_of_another_is_found_by_its_own_words) {
    module_under_test email;
    for (const bool is_indexed : {false, true}) {
        (void)co_await email.request(a_mail("To Ada", "A zebra"));
        co_await email.finished();
        if (is_indexed) EXPECT_EQ(co_await found(email, "zebra"), "To Ada;");

        co_await email.happened(registration::user_deleted{.user_id = "u1", .name = "Ada", .email = "ada@example.org"});
        co_await email.finished();

        EXPECT_EQ(co_await found(email, "zebra"), "");
        EXPECT_EQ(co_await found(email, "deleted"), "Your account was deleted;");
        EXPECT_EQ(indexed(email), 1);
    }
}

CO_TEST(email_history, more_mails_than_a_step_takes_are_found_all_the_same) {
    module_under_test email;
    constexpr int count = 450;
    for (int i = 0; i < count; ++i) (void)co_await email.request(a_mail("Zebra", "Number " + std::to_string(i)));

    const auto page =
        co_await email.request(search_emails{.receiver = {}, .status = {}, .search = "zebra", .page = 1, .size = 10});

    EXPECT_EQ(page.value().total_count, count);
}

CO_TEST(email_history, a_damaged_index_of_words_is_made_anew) {
    module_under_test email;
    (void)co_await email.request(a_mail("To Ada", "A zebra"));
    EXPECT_EQ(co_await found(email, "zebra"), "To Ada;");
    co_await email.database().write({}, [](storage::transaction& transaction) {
        transaction.execute("UPDATE email_words_data SET block = x'00' WHERE id > 10");
    });
    co_await email.reopen();

    const auto refused = co_await email.request(search_emails{.receiver = {}, .status = {}, .search = "zebra"});
    CO_ASSERT_TRUE(!refused);
    EXPECT_EQ(refused.error().kind, core::error_kind::overloaded);
    EXPECT_EQ(co_await found(email, "zebra"), "To Ada;");
    EXPECT_FALSE(email.world.fatal);
}

// FTS5 reads what is there when it puts its parts together.
CO_TEST(email_history, a_damaged_index_that_words_are_put_into_is_made_anew) {
    module_under_test email;
    for (const auto* name : {"Ada", "Bob", "Eve"}) {
        (void)co_await email.request(a_mail(std::string{"To "} + name, "A zebra"));
        EXPECT_TRUE((co_await found(email, "zebra")).starts_with(std::string{"To "} + name));
    }
    co_await email.database().write({}, [](storage::transaction& transaction) {
        transaction.execute("INSERT INTO email_words (email_words, rank) VALUES ('crisismerge', 2)");
        transaction.execute("UPDATE email_words_data SET block = x'00' WHERE id > 10");
    });
    co_await email.reopen();

    (void)co_await email.request(a_mail("To Mia", "A zebra"));
    co_await email.finished();  // else what is still to be done for it shares the transaction that is lost

    const auto first = co_await email.request(search_emails{.receiver = {}, .status = {}, .search = "zebra"});
    EXPECT_FALSE(first.has_value()) << "SQLite ends the whole transaction, and with it the step that would begin anew";
    EXPECT_EQ(co_await found(email, "zebra"), "To Mia;To Eve;To Bob;To Ada;");
    EXPECT_FALSE(email.world.fatal);
}

CO_TEST(email_history, a_deleted_person_is_found_no_more) {
    module_under_test email;
    (void)co_await email.request(a_mail("To Ada", "A zebra"));
    co_await email.finished();

    co_await email.happened(registration::user_deleted{.user_id = "u1", .name = "Ada", .email = "ada@example.org"});
    co_await email.finished();

    EXPECT_EQ(co_await found(email, "zebra"), "");
    EXPECT_EQ(co_await found(email, "ada"), "Your account was deleted;");
}

CO_TEST(email_send, has_copies_hidden_ones_and_files) {
    module_under_test email;
    auto mail = a_mail("With everything", "Hello");
    mail.cc = {"bob@example.org", "ADA@example.org"};
    mail.bcc = {"eve@example.org"};
    mail.reply_to = "Help@Example.org";
    mail.attachments = {
        {{.name = "a.txt", .type = "text/plain", .content = "aGVsbG8="}, {.name = "b", .type = {}, .content = ""}}};

    const auto id = (co_await email.request(mail)).value().id;
    co_await email.finished();
    const auto view = co_await email.get(id);
    const auto raw = (co_await email.request(email::get_raw_email{id})).value().message;

    EXPECT_EQ(view.to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(view.reply_to, "Help@example.org");
    std::string recipients;
    for (const auto& one : view.recipients) recipients += one.kind + " " + one.address + " " + one.status + ";";
    EXPECT_EQ(recipients, "to ada@example.org captured;cc bob@example.org captured;bcc eve@example.org captured;");
    CO_ASSERT_TRUE(view.attachments.size() == 2);
    EXPECT_EQ(view.attachments[0].size, 5);
    EXPECT_EQ(view.attachments[1].type, "application/octet-stream");
    EXPECT_TRUE(raw.contains("\r\nCc: bob@example.org\r\n"));
    EXPECT_TRUE(raw.contains("aGVsbG8="));
    EXPECT_FALSE(raw.contains("eve@example.org")) << "who is hidden is in no header";
}

CO_TEST(email_send, names_each_field_that_is_wrong) {
    module_under_test email;
    auto mail = a_mail("Hello", "Hello");
    mail.cc = {"bob@example.org", "no address"};
    mail.bcc = {"x@y\r\nRCPT TO:<z@w>"};
    mail.reply_to = "a@b, c@d";
    mail.attachments = {{{.name = "../x", .type = {}, .content = ""},
                         {.name = "a\r\nb", .type = {}, .content = ""},
                         {.name = "a", .type = "text", .content = ""},
                         {.name = "a", .type = "text/plain; name=x", .content = ""},
                         {.name = "a", .type = "Message/RFC822", .content = ""},
                         {.name = "a", .type = {}, .content = "a"}}};

    const auto answer = co_await email.request(mail);

    CO_ASSERT_TRUE(!answer.has_value());
    EXPECT_EQ(fields_of(answer.error()),
              "cc[1];bcc[0];reply_to;attachments[0].name;attachments[1].name;attachments[2].type;attachments[3].type;"
              "attachments[4].type;attachments[5].content;");
    EXPECT_TRUE((co_await email.all()).empty());
}

CO_TEST(email_send, S0_16_takes_addresses_with_blanks_around_them) {
    module_under_test email;
    auto mail = a_mail("Hello", "Hello");
    mail.to = {" ada@example.org\n"};
    mail.reply_to = "\teve@example.org ";

    const auto id = (co_await email.request(mail)).value().id;

    const auto view = co_await email.get(id);
    EXPECT_EQ(view.to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(view.reply_to, "eve@example.org");
    const auto found = co_await email.request(email::search_emails{.receiver = " Ada@example.org", .status = {}});
    EXPECT_EQ(found.value().total_count, 1);
}

CO_TEST(email_history, lists_have_the_beginning_of_a_long_text) {
    module_under_test email;
    auto mail = a_mail("Long", std::string(20'000, 'x'));
    mail.html = "<p>" + std::string(20'000, 'y') + "</p>";
    const auto id = (co_await email.request(mail)).value().id;

    const auto listed = (co_await email.all()).at(0);

    EXPECT_EQ(listed.text.value_or(""), std::string(16'384, 'x'));
    EXPECT_EQ(listed.html.value_or("").size(), 16'384U);
    EXPECT_EQ((co_await email.get(id)).text.value_or("").size(), 20'000U);
}

CO_TEST(email_send, takes_fifty_recipients_and_files_up_to_the_limit) {
    module_under_test email{{.largest_attachments = 5}};
    auto mail = a_mail("Hello", "Hello");
    mail.cc.emplace();
    for (int i = 0; i < 49; ++i) mail.cc->push_back("a" + std::to_string(i) + "@example.org");
    EXPECT_TRUE((co_await email.request(mail)).has_value());
    mail.bcc = {"one-more@example.org"};
    EXPECT_EQ(fields_of((co_await email.request(mail)).error()), "to;");

    auto with_files = a_mail("Hello", "Hello");
    with_files.attachments = {{{.name = "a", .type = {}, .content = "aGVsbG8="}}};
    EXPECT_TRUE((co_await email.request(with_files)).has_value());
    with_files.attachments->push_back({.name = "b", .type = {}, .content = "AA=="});
    EXPECT_EQ(fields_of((co_await email.request(with_files)).error()), "attachments;");
    with_files.attachments = std::vector<email::attachment>(21, {.name = "a", .type = {}, .content = ""});
    EXPECT_EQ(fields_of((co_await email.request(with_files)).error()), "attachments;");
}

CO_TEST(email_send, keeps_and_sends_html_of_others_without_what_runs) {
    module_under_test email;
    auto mail = a_mail("Hello", "5 < 6");
    mail.html = "<script>alert(1)</script><p onclick=\"x()\">5 &lt; 6 <a href=\"https://example.org\">more</a></p>";

    const auto id = (co_await email.request(mail)).value().id;

    const auto kept = co_await email.get(id);
    EXPECT_EQ(kept.html, "<p>5 &lt; 6 <a href=\"https://example.org\" rel=\"nofollow\">more</a></p>");
    EXPECT_EQ(kept.text, "5 < 6");
    const auto raw = (co_await email.request(email::get_raw_email{id})).value().message;
    EXPECT_TRUE(raw.contains("<p>5 &lt; 6 <a href=\"https://example.org\" rel=\"nofollow\">more</a></p>")) << raw;
    EXPECT_FALSE(raw.contains("alert")) << raw;
}

CO_TEST(email_send, refuses_html_of_which_nothing_is_left) {
    module_under_test email;
    auto mail = a_mail("Hello", "A text");
    mail.html = "<script>alert(1)</script>";
    const auto with_text = co_await email.request(mail);
    mail.text.reset();

    const auto refused = co_await email.request(mail);

    EXPECT_TRUE(with_text);
    EXPECT_EQ(fields_of(refused.error()), "html;");
}

CO_TEST(email_send, tells_readers_of_a_list_how_to_leave_it) {
    module_under_test email;
    auto mail = a_mail("News", "A text");
    mail.list_unsubscribe = "https://example.org/leave?list=7&who=%40";

    const auto id = (co_await email.request(mail)).value().id;
    const auto other = (co_await email.request(a_mail("Hello", "A text"))).value().id;

    EXPECT_EQ((co_await email.get(id)).list_unsubscribe, mail.list_unsubscribe);
    const auto raw = (co_await email.request(email::get_raw_email{id})).value().message;
    EXPECT_TRUE(raw.contains("\r\nList-Unsubscribe: <https://example.org/leave?list=7&who=%40>\r\n")) << raw;
    EXPECT_TRUE(raw.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")) << raw;
    EXPECT_EQ((co_await email.get(other)).list_unsubscribe, std::nullopt);
    EXPECT_FALSE((co_await email.request(email::get_raw_email{other})).value().message.contains("List-"));
}

CO_TEST(email_send, takes_no_other_address_to_leave_a_list) {
    module_under_test email;
    auto mail = a_mail("News", "A text");
    for (const auto* wrong :
         {"", "http://example.org/leave", "javascript:alert(1)", "https://", "https://a b",
          "https://user:pw@example.org", "https://example.org/>\r\nBcc: x@evil.test", "https://example.org/,<x>",
          "mailto:", "mailto:nobody", "mailto:a@b.c,d@e.f", "https://example.org:99999/", "HTTPS://example.org/"}) {
        mail.list_unsubscribe = wrong;

        const auto refused = co_await email.request(mail);

        EXPECT_FALSE(refused) << wrong;
        if (!refused) EXPECT_EQ(fields_of(refused.error()), "list_unsubscribe;") << wrong;
    }
}
