#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "html_sanitiser.hpp"

namespace {

using namespace std::string_literals;

std::string clean(std::string_view html) {
    const auto result = email::sanitise_html(html);
    EXPECT_TRUE(result) << result.error();
    return result.value_or("");
}

struct pair {
    std::string_view given;
    std::string_view clean;
};

void expect_all(std::span<const pair> cases) {
    for (const auto& [given, expected] : cases) {
        const auto once = clean(given);
        EXPECT_EQ(once, expected) << given;
        EXPECT_EQ(clean(once), once) << given;
    }
}

}  // namespace

TEST(html_sanitiser, keeps_what_mails_are_written_with) {
    constexpr std::array cases{
        pair{"<p>5 &lt; 6 &amp; \"7\" > 6</p>", "<p>5 &lt; 6 &amp; \"7\" &gt; 6</p>"},
        pair{"<h1 lang=\"de\">Grüße</h1><p dir=\"rtl\">x<br>y</p><hr>",
             "<h1 lang=\"de\">Grüße</h1><p dir=\"rtl\">x<br>y</p><hr>"},
        pair{"<ul type=disc><li>a<li value=3>b</ul>", "<ul type=\"disc\"><li>a</li><li value=\"3\">b</li></ul>"},
        pair{"<table width=\"100%\" border=0><tr><td colspan=2 align=center>x</table>",
             "<table width=\"100%\" border=\"0\"><tbody><tr><td colspan=\"2\" "
             "align=\"center\">x</td></tr></tbody></table>"},
        pair{"<a href=\"https://example.org/?a=1&amp;b=2\" target=_blank>x</a>",
             "<a href=\"https://example.org/?a=1&amp;b=2\" rel=\"nofollow\">x</a>"},
        pair{"<a href=\" mailto:ada@example.org \" rel=\"opener\">x</a>",
             "<a href=\"mailto:ada@example.org\" rel=\"nofollow\">x</a>"},
        pair{"<img src=\"https://example.org/a.png\" alt='a \"b\"' width=10>",
             "<img src=\"https://example.org/a.png\" alt=\"a &quot;b&quot;\" width=\"10\">"},
        pair{"<img src=\"data:image/png;base64,AAAA\">", "<img src=\"data:image/png;base64,AAAA\">"},
        pair{"<pre>\n\nx\r\ny</pre>", "<pre>\n\nx\ny</pre>"},
        pair{"<!DOCTYPE html><html><head><title>T</title></head><body bgcolor=red><center>x</center></body></html>",
             "<center>x</center>"},
        pair{"<blink>a <my-element>b</my-element></blink>", "a b"}};

    expect_all(cases);
}

// After the sheets of OWASP and of html5sec.org.
TEST(html_sanitiser, leaves_nothing_that_runs) {
    constexpr std::array cases{
        pair{"<script>alert(1)</script>x", "x"},
        pair{"<SCRIPT SRC=https://evil.test/x.js></SCRIPT>", ""},
        pair{"<scr<script>ipt>alert(1)</scr</script>ipt>", "ipt&gt;alert(1)ipt&gt;"},
        pair{"<script/xss src=x></script>", ""},
        pair{"<<script>alert(1);//<</script>", "&lt;"},
        pair{"<img src=x onerror=alert(1)>", ""},
        pair{"<img src=\"https://a.test/x\"onerror=alert(1)>", "<img src=\"https://a.test/x\">"},
        pair{"<img \"\"\"><script>alert(1)</script>\">", "\"&gt;"},
        pair{"<p style=\"background:url(javascript:alert(1))\" onclick=\"x()\" class=y id=z>t</p>", "<p>t</p>"},
        pair{"<style>@import 'https://evil.test/x.css';</style>t", "t"},
        pair{"<link rel=stylesheet href=https://evil.test/x.css><meta http-equiv=refresh content=\"0;url=x\"><base "
             "href=x>t",
             "t"},
        pair{"<iframe src=javascript:alert(1)>a</iframe><object data=x>b</object><embed src=x>", ""},
        pair{"<form action=https://evil.test><input name=p><button formaction=x>go</button></form>", "go"},
        pair{"<a href=javascript:alert(1)>x</a>", "x"},
        pair{"<a href=\"JaVaScRiPt:alert(1)\">x</a>", "x"},
        pair{"<a href=\"java\tscript:alert(1)\">x</a>", "x"},
        pair{"<a href=\"&#106;avascript&colon;alert(1)\">x</a>", "x"},
        pair{"<a href=\" &#14; javascript:alert(1)\">x</a>", "x"},
        pair{"<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "x"},
        pair{"<a href=\"vbscript:x\">x</a><a href=\"//evil.test\">y</a><a href=\"/local\">z</a>", "xyz"},
        pair{"<img src=\"data:image/svg+xml;base64,AAAA\"><img src=\"file:///etc/passwd\">", ""},
        pair{"<svg onload=alert(1)><a href=x>y</a></svg>z", "z"},
        pair{"<math><mtext><a href=\"javascript:alert(1)\">x</a></mtext></math>z", "z"},
        pair{"<details open ontoggle=alert(1)><summary>s</summary>x</details>",
             "<details open=\"\"><summary>s</summary>x</details>"},
        pair{"<video src=x onerror=alert(1)><source></video><audio src=x></audio>t", "t"},
        pair{"<!--[if IE]><script>alert(1)</script><![endif]-->t", "t"},
        pair{"<?xml version=\"1.0\"?><![CDATA[<script>alert(1)</script>]]>", "alert(1)]]&gt;"},
        pair{"<body onload=alert(1)>t", "t"},
        pair{"<div\fonclick=alert(1)\nwidth=1>t</div>", "<div>t</div>"},
        pair{"<a href=\"https://x.test/`onmouseover=alert(1)\">t</a>",
             "<a href=\"https://x.test/`onmouseover=alert(1)\" rel=\"nofollow\">t</a>"},
        pair{"<plaintext><script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        pair{"<script>alert(1)", ""}};

    expect_all(cases);
}

// Texts that a parser with other rules takes for elements once they were written again.
TEST(html_sanitiser, leaves_nothing_that_becomes_something_else_when_it_is_read_again) {
    constexpr std::array cases{
        pair{"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", ""},
        pair{"<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">", ""},
        pair{"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
             ""},
        pair{"<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>", ""},
        pair{"<p title=\"&lt;img src=x onerror=alert(1)&gt;\">x</p>",
             "<p title=\"&lt;img src=x onerror=alert(1)&gt;\">x</p>"},
        pair{"<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">", "\"&gt;"},
        pair{"<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">", "&lt;p title=\"\"&gt;"},
        pair{"<title><a href=\"</title><img src=x onerror=alert(1)>\">", "\"&gt;"},
        pair{"<!--><img src=x onerror=alert(1)>-->", "--&gt;"},
        pair{"<select><style></select><img src=x onerror=alert(1)></style>", ""},
        pair{"<table><b>x</table>", "<b>x</b><table></table>"},
        pair{"<b><p>x</b>y</p>", "<b></b><p><b>x</b>y</p>"}};

    for (const auto& [given, unused] : cases) {
        const auto once = clean(given);
        EXPECT_EQ(once.find("<img"), std::string::npos) << given << " gave " << once;
        EXPECT_EQ(once.find("<style"), std::string::npos) << given << " gave " << once;
        EXPECT_EQ(clean(once), once) << given;
    }
}

TEST(html_sanitiser, refuses_what_takes_too_long) {
    const auto many = [](std::string_view what, int count) {
        std::string html;
        for (int i = 0; i < count; ++i) html += what;
        return html;
    };

    EXPECT_TRUE(email::sanitise_html(many("<p>x</p>", 5000)));
    EXPECT_TRUE(email::sanitise_html(many("<div>", 250)));
    EXPECT_EQ(email::sanitise_html(many("<div>", 300)).error(),
              "The HTML is nested too deeply: at most 256 elements can stand within each other.");
    EXPECT_EQ(email::sanitise_html(many("<br>", 50'000)).error(),
              "The HTML has too many elements: about 8,000 are possible.");
    EXPECT_TRUE(email::sanitise_html(std::string(1'000'000, '<')));
}
