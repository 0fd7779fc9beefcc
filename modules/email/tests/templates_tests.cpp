#include <gtest/gtest.h>

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
    auto templates = email::load_templates("");

    const auto mail = templates.render("welcome", welcome_of("Ada"));

    EXPECT_EQ(mail.subject, "Welcome, Ada: please confirm your address");
    EXPECT_NE(mail.text.find("\nhttp://127.0.0.1:8080/confirm?token=abc\n"), std::string::npos);
    EXPECT_NE(mail.html.find("href=\"http://127.0.0.1:8080/confirm?token=abc\""), std::string::npos);
    EXPECT_NE(mail.html.find("</html>"), std::string::npos);
    EXPECT_EQ(mail.html.find("{{"), std::string::npos);
    EXPECT_EQ(mail.text.find("{{"), std::string::npos);
}

TEST(templates, S38_show_hostile_names_as_text) {
    auto templates = email::load_templates("");

    const auto mail =
        templates.render("welcome", welcome_of(R"x(<img src=x onerror="alert('1')">&{{link}}{{{link}}}{{>layout}})x"));

    EXPECT_EQ(mail.html.find("<img"), std::string::npos);
    EXPECT_NE(mail.html.find(
                  "&lt;img src=x onerror=&quot;alert(&apos;1&apos;)&quot;&gt;&amp;{{link}}{{{link}}}{{&gt;layout}}"),
              std::string::npos)
        << mail.html;
    EXPECT_NE(mail.text.find(R"x(Hello <img src=x onerror="alert('1')">&{{link}})x"), std::string::npos) << mail.text;
}

TEST(templates, S38_keep_a_link_within_its_attribute) {
    auto templates = email::load_templates("");
    auto values = welcome_of("Ada");
    values["link"] = std::string{"http://x/\" onclick=\"alert(1)"};

    EXPECT_EQ(templates.render("welcome", values).html.find("\" onclick"), std::string::npos);
}

TEST(templates, subjects_stay_on_one_line) {
    auto templates = email::load_templates("");

    const auto mail = templates.render("welcome", welcome_of("A\r\nBcc: x@evil.test"));

    EXPECT_EQ(mail.subject, "Welcome, A  Bcc: x@evil.test: please confirm your address");
}

TEST(templates, already_registered_shows_where_to_sign_in) {
    auto templates = email::load_templates("");

    const auto mail = templates.render("already_registered", {{"name", std::string{"Ada"}},
                                                              {"login_link", std::string{"http://x/login"}},
                                                              {"public_url", std::string{"http://x/"}}});

    EXPECT_NE(mail.text.find("\nhttp://x/login\n"), std::string::npos);
    EXPECT_NE(mail.html.find("href=\"http://x/login\""), std::string::npos);
}

TEST(templates, have_their_styles_in_their_elements) {
    auto templates = email::load_templates("");

    const auto html = templates.render("welcome", welcome_of("Ada")).html;

    EXPECT_NE(html.find("<h1 style=\"margin:0 0 16px;font-size:24px;line-height:1.25;color:#1d3557\">Hello Ada,</h1>"),
              std::string::npos)
        << html;
    EXPECT_EQ(html.find("<style"), std::string::npos);
    EXPECT_EQ(html.find("class="), std::string::npos);
}

// No value is a list, and no section is entered twice: what a mail costs is known from its templates.
TEST(templates, S38_take_no_more_steps_than_they_have_tags) {
    auto files = email::read_templates("");
    files["welcome.subject.txt"] = "{{#name}}{{#name}}{{name}}{{/name}}{{/name}}{{^name}}x{{/name}}";
    email::template_set templates{files};

    EXPECT_EQ(templates.render("welcome", welcome_of(std::string(1000, 'a'))).subject, std::string(1000, 'a'));
    EXPECT_EQ(templates.render("welcome", welcome_of("")).subject, "x");
}
