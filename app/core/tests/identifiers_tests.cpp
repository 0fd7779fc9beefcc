#include <core/hex.hpp>
#include <core/trace.hpp>
#include <core/uuid.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <set>
#include <thread>

using namespace std::chrono_literals;

CO_TEST(uuid, has_version_7_and_the_time) {
    harness::world world;
    const auto id = world.ids.next();

    EXPECT_TRUE(core::is_uuid(id)) << id;
    EXPECT_EQ(id[14], '7');
    EXPECT_TRUE(std::string_view{"89ab"}.contains(id[19])) << id;
    EXPECT_EQ(std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16), world.clock.now().time_since_epoch().count());
    co_return;
}

CO_TEST(uuid, grows_also_when_the_wall_clock_steps_back) {
    harness::world world;
    auto last = world.ids.next();
    world.clock.set_wall_clock(world.clock.now() - 1h);

    for (int i = 0; i < 10'000; ++i) {
        auto next = world.ids.next();
        EXPECT_LT(last, next);
        last = std::move(next);
    }
    co_return;
}

CO_TEST(uuid, is_unique_across_threads) {
    harness::world world;
    std::array<std::vector<std::string>, 4> made;
    {
        std::vector<std::jthread> threads;
        for (auto& mine : made)
            threads.emplace_back([&] {
                for (int i = 0; i < 5000; ++i) mine.push_back(world.ids.next());
            });
    }
    std::set<std::string> all;
    for (const auto& mine : made) all.insert(mine.begin(), mine.end());

    EXPECT_EQ(all.size(), 20'000U);
    co_return;
}

TEST(hex, writes_two_digits_a_byte) {
    EXPECT_EQ(core::to_hex(std::array{std::byte{0x00}, std::byte{0xaf}, std::byte{0x10}}), "00af10");
}

// The test vectors of RFC 4648, section 10, without padding, and the two letters that differ from base64.
TEST(base64url, keeps_the_vectors_of_rfc_4648) {
    const auto encode = [](std::string_view text) { return core::to_base64url(std::as_bytes(std::span{text})); };

    EXPECT_EQ(encode(""), "");
    EXPECT_EQ(encode("f"), "Zg");
    EXPECT_EQ(encode("fo"), "Zm8");
    EXPECT_EQ(encode("foo"), "Zm9v");
    EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encode("\xfb\xff"), "-_8");
}

TEST(traceparent, is_read_and_written) {
    const std::string text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto trace = core::trace_context::parse(text);

    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->traceparent(), text);
    EXPECT_EQ(trace->child().trace_id, trace->trace_id);
    EXPECT_NE(trace->child().span_id, trace->span_id);
}

TEST(traceparent, refuses_what_the_standard_calls_invalid) {
    for (const auto* text : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                             "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x"})
        EXPECT_FALSE(core::trace_context::parse(text)) << text;
    EXPECT_TRUE(core::trace_context::parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later"));
}

TEST(traceparent, a_new_trace_is_valid) {
    EXPECT_TRUE(core::trace_context::parse(core::trace_context::start().traceparent()));
    EXPECT_EQ(core::trace_context{}.traceparent(), "");
}
