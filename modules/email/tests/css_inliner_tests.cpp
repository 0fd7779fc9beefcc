#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "css_inliner.hpp"

namespace {

std::string inlined(std::string_view css, std::string_view body) {
    const auto page = email::inline_css("<style>" + std::string{css} + "</style>" + std::string{body});
    EXPECT_TRUE(page) << page.error();
    return page.value_or("");
}

// What is between <body> and </body>.
std::string body_of(std::string_view css, std::string_view body) {
    const auto page = inlined(css, body);
    const auto begin = page.find("<body>") + 6;
    return page.substr(begin, page.find("</body>") - begin);
}

// The value of the attribute of the last element.
std::string style_of(std::string_view css, std::string_view body) {
    const auto html = body_of(css, body);
    const auto begin = html.rfind(" style=\"");
    if (begin == std::string::npos) return "";
    return html.substr(begin + 8, html.find('"', begin + 8) - begin - 8);
}

}  // namespace

TEST(css_inliner, finds_elements_by_name_class_and_id) {
    constexpr std::string_view element = "<p><a class=\"x y\" id=\"i\">t</a></p>";
    for (const auto* selector : {"a", "A", "*", ".x", ".y", "#i", "a.x", "a.x.y#i", "p a", "p > a", "p>a.x", "body a",
                                 "html body p a", "b, a", "body p > a", "* .x"})
        EXPECT_EQ(style_of(std::string{selector} + "{color:red}", element), "color:red") << selector;
    for (const auto* selector : {"b", ".X", ".z", "#j", "a.z", "b a", "body > a", "a a", "p.x a", "a > p", "xa", ".xx"})
        EXPECT_EQ(style_of(std::string{selector} + "{color:red}", element), "") << selector;
}

TEST(css_inliner, looks_further_up_when_a_nearer_parent_does_not_do) {
    EXPECT_EQ(style_of(".a > div p {color:red}", "<div class=\"a\"><div><div><p>t</p></div></div></div>"), "color:red");
    EXPECT_EQ(style_of(".a > p {color:red}", "<div class=\"a\"><div><p>t</p></div></div>"), "");
}

TEST(css_inliner, lets_the_stronger_rule_win_and_of_equal_ones_the_later) {
    constexpr std::string_view element = "<p class=\"c\" id=\"i\">t</p>";

    EXPECT_EQ(style_of("p{color:a} p{color:b}", element), "color:b");
    EXPECT_EQ(style_of(".c{color:a} p{color:b}", element), "color:a");
    EXPECT_EQ(style_of("#i{color:a} p.c{color:b}", element), "color:a");
    EXPECT_EQ(style_of("body p{color:a} p{color:b}", element), "color:a");
    EXPECT_EQ(style_of("p{color:a} p,.x{color:b}", element), "color:b");
    EXPECT_EQ(style_of("p{color:a !important} #i{color:b}", element), "color:a");
    EXPECT_EQ(style_of("p{color:a!IMPORTANT} #i{color:b !important}", element), "color:b");
}

TEST(css_inliner, lets_the_attribute_win_but_over_what_is_important) {
    constexpr std::string_view element = "<p id=\"i\" style=\"color:c; margin:0\">t</p>";

    EXPECT_EQ(style_of("#i{color:a;padding:1px}", element), "padding:1px;color:c;margin:0");
    EXPECT_EQ(style_of("p{color:a !important}", element), "margin:0;color:a");
    EXPECT_EQ(style_of("p{color:a !important}", "<p style=\"color:c !important\">t</p>"), "color:c");
}

TEST(css_inliner, keeps_the_order_of_a_property_and_its_parts) {
    EXPECT_EQ(style_of("p{margin-top:1px} .c{margin:0}", "<p class=\"c\">t</p>"), "margin-top:1px;margin:0");
    EXPECT_EQ(style_of("p{margin:0;margin-top:1px;margin:2px}", "<p>t</p>"), "margin-top:1px;margin:2px");
}

TEST(css_inliner, reads_values_with_marks_in_them) {
    EXPECT_EQ(style_of("p { font-family : 'A;B', Arial ; background:url(data:image/png;base64,A{}=) ; }", "<p>t</p>"),
              "font-family:'A;B', Arial;background:url(data:image/png;base64,A{}=)");
    EXPECT_EQ(style_of("/* p{color:a} */ p{/**/color/**/:/* ; */b}/*", "<p>t</p>"), "color:b");
    EXPECT_EQ(style_of("p{font-family:\"A\"}", "<p>t</p>"), "font-family:&quot;A&quot;");
    EXPECT_EQ(style_of("p{nonsense;;color:b;:}", "<p>t</p>"), "color:b");
}

TEST(css_inliner, keeps_what_no_attribute_can_say) {
    const auto page = inlined(
        "@import url('a;b.css'); @media (max-width: 600px) { .c { color: red !important } p{x:y} } "
        "a:hover, p[title] > b, .c { color: blue } @font-face { font-family: F } p + p { margin: 0 } .open { color: "
        "red",
        "<p class=\"c\">t</p>");

    for (const auto* kept :
         {"@import url('a;b.css');\n", "@media (max-width: 600px) { .c { color: red !important } p{x:y} }\n",
          "a:hover, p[title] > b { color: blue }\n", "@font-face { font-family: F }\n", "p + p { margin: 0 }\n",
          ".open { color: red\n"})
        EXPECT_NE(page.find(kept), std::string::npos) << kept << " is not in " << page;
    EXPECT_NE(page.find("<p class=\"c\" style=\"color:blue\">t</p>"), std::string::npos) << page;
}

TEST(css_inliner, leaves_neither_style_nor_class_when_all_was_said) {
    EXPECT_EQ(inlined(".c{color:red}", "<p class=\"c\">t</p>"),
              "<!DOCTYPE html>\n<html><head></head><body><p style=\"color:red\">t</p></body></html>\n");
}

TEST(css_inliner, leaves_style_sheets_for_other_media_and_comments_alone) {
    constexpr std::string_view page =
        "<!DOCTYPE html>\n<html><head><style media=\"print\">p > b{color:red}</style></head><body><!--[if "
        "mso]><p>x</p><![endif]-->"
        "<p title=\"&lt;&quot;\">a &amp; b<br>c</p>\n</body></html>";

    EXPECT_EQ(email::inline_css(page).value(), std::string{page} + "\n");
}

TEST(css_inliner, cannot_be_made_to_end_its_style_element) {
    const auto page = inlined("a:x<{} /style>{} a:<//**/style>{}", "<p>t</p>");

    EXPECT_EQ(page.find("</style>"), page.rfind("</style>")) << page;
}
