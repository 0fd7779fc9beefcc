#include <gtest/gtest.h>

#include <web/router.hpp>

namespace web {
namespace {

// S28: a name that only looks like the address of this end is a foreign one.
TEST(host_rules, take_an_address_in_whole_brackets_or_in_none) {
    const host_rules rules{{"busbar.example.org"}, true};

    for (const auto* known : {"192.0.2.7", "192.0.2.7:8080", "[192.0.2.7]", "[192.0.2.7]:8080", "localhost", "[::1]:1"})
        EXPECT_TRUE(rules.allows(known, "192.0.2.7")) << known;
    for (const auto* foreign : {"[192.0.2.7@", "[192.0.2.7", "192.0.2.7]", "[192.0.2.7]x", "[192.0.2.7]:x",
                                "x192.0.2.7", "192.0.2.7.evil.test", "192.0.2.7@evil.test", "[]", "[", ":80", ""})
        EXPECT_FALSE(rules.allows(foreign, "192.0.2.7")) << foreign;
    EXPECT_TRUE(rules.allows("[2001:db8::1]:80", "2001:db8::1"));
    EXPECT_FALSE(rules.allows("2001:db8::1", "2001:db8::2"));
}

}  // namespace
}  // namespace web
