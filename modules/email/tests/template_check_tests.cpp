#include <gtest/gtest.h>

#include <array>
#include <core/exit.hpp>
#include <filesystem>
#include <fstream>
#include <harness/world.hpp>
#include <stdexcept>
#include <string>

#include "templates.hpp"

namespace {

// What is said when one file is replaced; empty when nothing is.
std::string problems_of(const std::string& file, const std::string& text) {
    auto files = email::read_templates("");
    files[file] = text;
    try {
        const email::template_set templates{files};
        return "";
    } catch (const std::invalid_argument& problems) {
        return problems.what();
    }
}

std::string html_problems_of(const std::string& html) { return problems_of("address_changed.html", html); }

std::string layout_with(const std::string& head, const std::string& around = "<p>{{{content}}}</p>") {
    return "<html><head>" + head + "</head><body>" + around + "</body></html>";
}

}  // namespace

TEST(template_check, says_where_a_tag_is_wrong) {
    const auto subject = [](const std::string& text) { return problems_of("welcome.subject.txt", text); };

    EXPECT_EQ(subject("Hello {{name}}{{! a comment }}\r\n"), "");
    EXPECT_EQ(subject("Hello {{ name }}\n"), "");
    EXPECT_EQ(subject("Hello {{nam}}"),
              "welcome.subject.txt:1: {{nam}} is not known here; name, public_url, login_link, forgot_link, link, "
              "expires_at are");
    EXPECT_EQ(subject("Hello {{name"), "welcome.subject.txt:1: {{ has no end");
    EXPECT_EQ(subject("{{#name}}Hello"), "welcome.subject.txt:1: {{#name}} has no end");
    EXPECT_EQ(subject("{{#name}}{{^link}}{{/name}}{{/link}}"),
              "welcome.subject.txt:1: {{/name}} ends what was not the last to begin");
    EXPECT_EQ(subject("{{/name}}"), "welcome.subject.txt:1: {{/name}} ends what was not the last to begin");
    EXPECT_EQ(problems_of("address_changed.txt", "a\nb\n{{link}}"),
              "address_changed.txt:3: {{link}} is not known here; name, public_url, login_link, forgot_link are");
}

TEST(template_check, S38_knows_no_includes_and_nothing_unescaped) {
    for (const auto* tag : {"{{>layout}}", "{{&name}}", "{{=<% %>=}}", "{{name.x}}", "{{.}}", "{{}}", "{{name|upper}}"})
        EXPECT_NE(problems_of("welcome.subject.txt", tag).find("is none of"), std::string::npos) << tag;
    EXPECT_EQ(html_problems_of("{{{name}}}"),
              "address_changed.html:1: {{{name}}} would not be escaped; write two brackets");
    EXPECT_NE(html_problems_of("{{{content}}}"), "");
    std::string deep;
    for (int i = 0; i < 9; ++i) deep += "{{#name}}";
    EXPECT_EQ(problems_of("welcome.subject.txt", deep),
              "welcome.subject.txt:1: {{#name}} is within too many others; 8 is the most");
}

TEST(template_check, S38_lets_a_value_stand_only_where_escaping_makes_it_safe) {
    struct wrong {
        const char* html;
        const char* problem;
    };
    constexpr std::array cases{
        wrong{"\n<a href=\"{{name}}\">x</a>",
              "2: {{name}} cannot stand in href=\"…\": it may hold any text, and so an address that runs something"},
        wrong{"<img src='https://x.test/?{{name}}'>",
              "1: {{name}} cannot stand in src=\"…\": it may hold any text, and so an address that runs something"},
        wrong{"<p style=\"color:{{name}}\">x</p>", "1: a value cannot stand in style=\"…\": nothing escapes it there"},
        wrong{"<p onclick=\"f('{{name}}')\">x</p>",
              "1: a value cannot stand in onclick=\"…\": nothing escapes it there"},
        wrong{"<script>\nlet x = '{{name}}'</script>",
              "1: a value cannot stand in a <script>: nothing escapes it there"},
        wrong{"<style>p{color:{{name}}}</style>", "1: a value cannot stand in a <style>: nothing escapes it there"},
        wrong{"<p>x</p>\n<p {{name}}>x</p>", "2: a value can stand in an attribute only within its quotation marks"},
        wrong{"<p{{name}} a>x</p>", "1: a value cannot be part of the name of an element"},
        wrong{"<!-- {{name}} -->", "1: a value in a comment is shown to nobody"},
        wrong{"<p title=\"{{#name}}x{{/name}}\">x</p>", "1: a section cannot stand within an attribute"},
        wrong{"<p title=\"a\"\n title=\"{{name}}\">x</p>",
              "2: {{name}} is lost when this is read as HTML; does a quotation mark or a bracket lack before it?"}};

    for (const auto& [html, problem] : cases)
        EXPECT_EQ(html_problems_of(html), std::string{"address_changed.html:"} + problem) << html;
    EXPECT_EQ(html_problems_of("<p title=\"{{name}}\" lang={{name}}>{{name}}</p><a href=\"{{login_link}}\">x</a>"), "");
}

TEST(template_check, S38_puts_the_quotation_marks_that_lack) {
    auto files = email::read_templates("");
    files["address_changed.html"] = "<p title={{name}}>x</p>";
    email::template_set templates{files};

    const auto html = templates.render("address_changed", {{"name", std::string{"a onclick=x() \" b"}}}).html;

    EXPECT_NE(html.find("<p title=\"a onclick=x() &quot; b\""), std::string::npos) << html;
}

TEST(template_check, leaves_sections_where_they_are_also_between_rows) {
    auto files = email::read_templates("");
    files["address_changed.html"] =
        "<table>{{#name}}<tr><td>{{name}}</td></tr>{{/name}}{{^name}}<tr><td>nobody</td></tr>{{/name}}</table>";
    files["layout.html"] = layout_with("", "{{{content}}}");
    email::template_set templates{files};
    const auto body_for = [&](const std::string& name) {
        const auto html = templates.render("address_changed", {{"name", name}}).html;
        return html.substr(html.find("<body>"), html.find("</body>") - html.find("<body>"));
    };

    EXPECT_EQ(body_for("Ada"), "<body><table><tr><td>Ada</td></tr></table>");
    EXPECT_EQ(body_for(""), "<body><table><tr><td>nobody</td></tr></table>");
}

TEST(template_check, wants_all_parts_of_a_mail) {
    EXPECT_EQ(problems_of("welcome.subject.txt", "\n"), "welcome.subject.txt:1: the file is empty");
    EXPECT_EQ(problems_of("welcome.reason.txt", "a\nb\n"), "welcome.reason.txt:2: the file has more than one line");
    EXPECT_EQ(problems_of("welcome.txt", "Hello"),
              "welcome.txt:1: {{link}} is missing: without it nobody can do what the mail is for");
    EXPECT_EQ(problems_of("welcome.txt", "\xff"), "welcome.txt:1: the file is not UTF-8 text");
    EXPECT_EQ(problems_of("welcome.txt", std::string(70'000, 'x')), "welcome.txt:1: the file is larger than 64 KiB");
    EXPECT_EQ(problems_of("layout.html", layout_with("", "")),
              "layout.html:1: {{{content}}} is missing: that is where a mail goes");
    EXPECT_NE(problems_of("layout.html", layout_with("", "{{{content}}}{{{content}}}")), "");
    EXPECT_NE(problems_of("layout.html", layout_with("<title>{{#name}}x{{/name}}</title>")), "");
    auto files = email::read_templates("");
    files.erase("reset.txt");
    EXPECT_THROW(email::template_set{files}, std::invalid_argument);
}

TEST(template_folder, replaces_files_by_name) {
    const harness::temporary_folder folder;
    std::ofstream{folder.path() / "welcome.subject.txt"} << "\xEF\xBB\xBFHi {{name}}\n";
    std::ofstream{folder.path() / ".welcome.txt.swp"} << "x";
    std::filesystem::create_directory(folder.path() / "..data");

    auto templates = email::load_templates(folder.path());

    const auto mail = templates.render("welcome", {{"name", std::string{"Ada"}}, {"link", std::string{"https://x"}}});
    EXPECT_EQ(mail.subject, "Hi Ada");
    EXPECT_NE(mail.text.find("welcome to Busbar!"), std::string::npos);
}

TEST(template_folder, tells_all_that_is_wrong_at_once) {
    const harness::temporary_folder folder;
    std::ofstream{folder.path() / "wellcome.txt"} << "x";
    std::ofstream{folder.path() / "reset.txt"} << std::string(70'000, 'x');
    std::filesystem::create_directory(folder.path() / "welcome.txt");
    std::filesystem::create_symlink("nowhere", folder.path() / "reset.html");

    try {
        (void)email::load_templates(folder.path());
        FAIL() << "nothing was wrong";
    } catch (const core::fatal_error& wrong) {
        EXPECT_EQ(wrong.code(), core::exit_code::configuration);
        EXPECT_EQ(wrong.what(), "email.templates_dir " + folder.path().string() +
                                    "\n  reset.html: the link leads nowhere"
                                    "\n  reset.txt: the file is larger than 64 KiB"
                                    "\n  welcome.txt: it is not a file"
                                    "\n  wellcome.txt: no mail has such a file. They are layout.html, and of each of "
                                    "these mails NAME.subject.txt, NAME.reason.txt, NAME.txt and NAME.html: "
                                    "account_deleted, address_changed, already_registered, new_address, "
                                    "password_changed, reset, welcome");
    }
}

TEST(template_folder, has_to_be_there) {
    const harness::temporary_folder folder;

    EXPECT_THROW((void)email::load_templates(folder.path() / "missing"), core::fatal_error);
}
