#include <gtest/gtest.h>

#include <core/email_address.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;

TEST(email_address, keeps_what_was_written_beside_the_canonical_form_and_the_key) {
    const auto address = core::parse_email_address("Ada.Lovelace@EXAMPLE.test");

    ASSERT_TRUE(address);
    EXPECT_EQ(address->original, "Ada.Lovelace@EXAMPLE.test");
    EXPECT_EQ(address->canonical, "Ada.Lovelace@example.test");
    EXPECT_EQ(address->key, "ada.lovelace@example.test");
    EXPECT_EQ(address->domain(), "example.test");
    EXPECT_TRUE(address->is_ascii());
}

TEST(email_address, compares_without_case) {
    EXPECT_EQ(*core::parse_email_address("A@EXAMPLE.test"), *core::parse_email_address("a@example.test"));
    EXPECT_EQ(*core::parse_email_address("JÖRG@example.test"), *core::parse_email_address("jörg@example.test"));
    EXPECT_NE(*core::parse_email_address("a@example.test"), *core::parse_email_address("b@example.test"));
}

TEST(email_address, turns_an_international_domain_into_a_labels) {
    EXPECT_EQ(core::parse_email_address("jan@BÜCHER.example")->canonical, "jan@xn--bcher-kva.example");
    EXPECT_EQ(core::parse_email_address("jan@bu\u0308cher.example")->canonical, "jan@xn--bcher-kva.example");
    EXPECT_EQ(core::parse_email_address("jan@faß.example")->canonical, "jan@xn--fa-hia.example");
    EXPECT_EQ(core::parse_email_address("jan@例え.テスト")->canonical, "jan@xn--r8jz45g.xn--zckzah");
    EXPECT_EQ(core::parse_email_address("jan@XN--bcher-kva.example")->canonical, "jan@xn--bcher-kva.example");
}

TEST(email_address, takes_an_international_local_part_and_says_that_it_needs_smtputf8) {
    const auto address = core::parse_email_address("jörg@example.test");

    ASSERT_TRUE(address);
    EXPECT_FALSE(address->is_ascii());
}

TEST(email_address, takes_every_valid_form) {
    const std::vector<std::string> valid{"a@b.co", "a.b.c@d.e.example", "!#$%&'*+-/=?^_`{|}~@example.org",
                                         "1@1.example", "a+tag@example.org", std::string(64, 'x') + "@example.org",
                                         "a@" + std::string(63, 'x') + ".org", "a@x-y.example",
                                         // 254 bytes in all
                                         "a@" + std::string(60, 'x') + '.' + std::string(60, 'x') + '.' +
                                             std::string(60, 'x') + '.' + std::string(60, 'x') + ".abcdefgh"};

    for (const auto& text : valid) EXPECT_TRUE(core::parse_email_address(text)) << text;
}

TEST(email_address, refuses_what_is_not_one_plain_address) {
    const std::vector<std::string> invalid{"",
                                           "@",
                                           "a@",
                                           "@example.org",
                                           "a",
                                           "a@@example.org",
                                           "a@b@example.org",
                                           "a b@example.org",
                                           "a@exa mple.org",
                                           " a@example.org",
                                           "a@example.org ",
                                           "a@example.org.",
                                           ".a@example.org",
                                           "a.@example.org",
                                           "a..b@example.org",
                                           "a@.example.org",
                                           "a@example..org",
                                           "a@-example.org",
                                           "a@example-.org",
                                           "a@example_x.org",
                                           "a@example",
                                           "a@127.0.0.1",
                                           "a@[127.0.0.1]",
                                           "a@example.123",
                                           "\"a b\"@c.example",
                                           "(comment)a@example.org",
                                           "a,b@example.org",
                                           "<a@example.org>",
                                           "Ada <a@example.org>",
                                           "a@b.c>\r\nDATA",
                                           "a@b.c\r\nRCPT TO:<x@y>",
                                           "a\r\n@example.org",
                                           "a\n@example.org",
                                           "a@example.org\n",
                                           "a\t@example.org",
                                           "a\x7f@example.org",
                                           "a:b@example.org",
                                           "a;b@example.org",
                                           "a\0b@example.org"s,
                                           "a@example.org\0"s,
                                           "a@exa\0mple.org"s,
                                           "\xff@example.org",
                                           "a\xc3@example.org",
                                           "a\xc0\xaf@example.org",
                                           "a\xed\xa0\x80@example.org",
                                           "a\u0085@example.org",
                                           "a\u200b@example.org",
                                           "a\u202e@example.org",
                                           "a@exa\u2028mple.org",
                                           "a@xn--a.example",
                                           std::string(65, 'x') + "@example.org",
                                           "a@" + std::string(64, 'x') + ".org",
                                           "a@\u2603\u0000.example"s};

    for (const auto& text : invalid) EXPECT_FALSE(core::parse_email_address(text)) << text;
}

TEST(email_address, refuses_more_than_254_bytes_in_either_form) {
    const std::string label(60, 'x');
    const auto domain = label + '.' + label + '.' + label + '.' + label;
    EXPECT_FALSE(core::parse_email_address("a@" + domain + ".abcdefghi"));  // 255

    // Short as written, too long as A-labels.
    std::string wide = "a@";
    for (int i = 0; i < 24; ++i) wide += "\u00fc\u4e2d.";
    EXPECT_FALSE(core::parse_email_address(wide + "example"));
}

TEST(email_address, takes_a_domain_of_one_label_only_where_that_is_asked_for) {
    EXPECT_FALSE(core::parse_email_address("no-reply@localhost"));
    EXPECT_TRUE(core::parse_email_address("no-reply@localhost", core::domain_form::any));
}

TEST(mailbox, takes_a_name_a_quoted_name_or_none) {
    const auto plain = core::parse_mailbox("Busbar <no-reply@localhost>");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->name, "Busbar");
    EXPECT_EQ(plain->address.canonical, "no-reply@localhost");

    const auto quoted = core::parse_mailbox(R"("Doe, \"Jane\"" <jane@example.org>)");
    ASSERT_TRUE(quoted);
    EXPECT_EQ(quoted->name, R"(Doe, "Jane")");

    const auto alone = core::parse_mailbox("jane@example.org");
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->name, "");

    EXPECT_EQ(core::parse_mailbox("Zoë <zoe@example.org>")->name, "Zoë");
}

TEST(mailbox, refuses_what_could_start_another_header) {
    for (const std::string text :
         {"A\r\nBcc: x@evil.test <a@b.example>", "A\n <a@b.example>", "A <a@b.example>, B <c@d.example>",
          "A <a@b.example", "A a@b.example>", "\"A <a@b.example>", "A <a@b\r\n.example>", "A\u0085 <a@b.example>", ""})
        EXPECT_FALSE(core::parse_mailbox(text)) << text;
}
