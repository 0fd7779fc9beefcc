#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>

#include "templates.hpp"

namespace {

email::template_values welcome_of(const std::string& name) {
    return {{"name", name},
            {"link", std::string{"http://127.0.0.1:8080/confirm?token=abc"}},
            {"expires_at", std::string{"tomorrow"}}};
}

}  // namespace

TEST(templates, welcome_has_the_link_in_both_parts) {
    email::template_set templates{email::templates()};

    const auto mail = templates.render("welcome", welcome_of("Ada"));

    EXPECT_EQ(mail.subject, "Welcome, Ada: please confirm your address");
    EXPECT_NE(mail.text.find("\nhttp://127.0.0.1:8080/confirm?token=abc\n"), std::string::npos);
    EXPECT_NE(mail.html.find("href=\"http://127.0.0.1:8080/confirm?token=abc\""), std::string::npos);
    EXPECT_NE(mail.html.find("</html>"), std::string::npos);
    EXPECT_EQ(mail.html.find("{{"), std::string::npos);
    EXPECT_EQ(mail.text.find("{{"), std::string::npos);
}

TEST(templates, show_hostile_names_as_text) {
    email::template_set templates{email::templates()};

    const auto mail =
        templates.render("welcome", welcome_of(R"x(<img src=x onerror="alert('1')">&{{link}}{{{link}}}{{>layout}})x"));

    EXPECT_EQ(mail.html.find("<img"), std::string::npos);
    EXPECT_NE(mail.html.find(
                  "&lt;img src=x onerror=&quot;alert(&apos;1&apos;)&quot;&gt;&amp;{{link}}{{{link}}}{{&gt;layout}}"),
              std::string::npos)
        << mail.html;
    EXPECT_NE(mail.text.find(R"x(Hello <img src=x onerror="alert('1')">&{{link}})x"), std::string::npos) << mail.text;
}

TEST(templates, keep_a_link_within_its_attribute) {
    email::template_set templates{email::templates()};
    auto values = welcome_of("Ada");
    values["link"] = std::string{"http://x/\" onclick=\"alert(1)"};

    EXPECT_EQ(templates.render("welcome", values).html.find("\" onclick"), std::string::npos);
}

TEST(templates, subjects_stay_on_one_line) {
    email::template_set templates{email::templates()};

    const auto mail = templates.render("welcome", welcome_of("A\r\nBcc: x@evil.test"));

    EXPECT_EQ(mail.subject, "Welcome, A  Bcc: x@evil.test: please confirm your address");
}

TEST(templates, already_registered_shows_where_to_sign_in) {
    email::template_set templates{email::templates()};

    const auto mail = templates.render("already_registered", {{"name", std::string{"Ada"}},
                                                              {"login_link", std::string{"http://x/login"}},
                                                              {"public_url", std::string{"http://x/"}}});

    EXPECT_NE(mail.text.find("\nhttp://x/login\n"), std::string::npos);
    EXPECT_NE(mail.html.find("href=\"http://x/login\""), std::string::npos);
}

TEST(templates, are_checked_when_they_are_loaded) {
    const std::array broken{core::embedded_file{"layout.html", "{{#open}}"}};
    EXPECT_THROW(email::template_set{broken}, std::invalid_argument);
    const std::array lacking{core::embedded_file{"layout.html", ""}, core::embedded_file{"a.subject.txt", ""}};
    EXPECT_THROW(email::template_set{lacking}, std::invalid_argument);
    EXPECT_THROW(email::template_set{std::span<const core::embedded_file>{}}, std::invalid_argument);
}
