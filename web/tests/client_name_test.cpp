#include "client_name.hpp"

#include <gtest/gtest.h>

namespace web {
namespace {

std::string name_for(std::string_view agent) {
    request request;
    request.client = "192.0.2.7";
    if (!agent.empty()) request.fields.push_back({"User-Agent", agent});
    return client_name(request);
}

TEST(client_name, is_what_people_call_their_browser) {
    EXPECT_EQ(name_for("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
              "Firefox on Linux, 192.0.2.7");
    EXPECT_EQ(name_for("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                       "Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0"),
              "Edge on Windows, 192.0.2.7");
    EXPECT_EQ(name_for("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 "
                       "Mobile Safari/537.36"),
              "Chrome on Android, 192.0.2.7");
    EXPECT_EQ(name_for("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                       "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"),
              "Safari on iPhone, 192.0.2.7");
}

TEST(client_name, is_the_product_of_other_programs_and_never_long_or_odd) {
    EXPECT_EQ(name_for("curl/7.88.1 with more"), "curl/7.88.1, 192.0.2.7");
    EXPECT_EQ(name_for(""), "Unknown program, 192.0.2.7");
    EXPECT_EQ(name_for("\xff\xfe"), "Unknown program, 192.0.2.7");
    EXPECT_EQ(name_for(std::string(5000, 'x')), std::string(40, 'x') + ", 192.0.2.7");
}

}  // namespace
}  // namespace web
