#include <gtest/gtest.h>

#include <vector>

#include "event_stream.hpp"

namespace app {
namespace {

constexpr std::string_view bytes =
    ": hello\nretry: 2000\n\nid: 7\ndata: {\"a\":1}\n\n:\n\nevent: dropped\ndata: x\ndata: y\n\nid: 9\n\n";

TEST(event_stream, gives_the_same_events_however_the_bytes_come) {
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        std::vector<event_stream::event> events;
        event_stream stream{[&events](const auto& event) {
            events.push_back(event);
            return true;
        }};

        for (std::size_t at = 0; at < bytes.size(); at += size) EXPECT_TRUE(stream.put(bytes.substr(at, size)));

        ASSERT_EQ(events.size(), 2U) << size;
        EXPECT_EQ(events[0].data, R"({"a":1})");
        EXPECT_EQ(events[0].id, "7");
        EXPECT_EQ(events[0].type, "");
        EXPECT_EQ(events[1].type, "dropped");
        EXPECT_EQ(events[1].data, "x\ny");
        EXPECT_EQ(events[1].id, "7");
        EXPECT_EQ(stream.last_id(), "9");
    }
}

TEST(event_stream, ends_when_no_more_is_wanted) {
    int events = 0;
    event_stream stream{[&events](const auto&) { return ++events < 1; }};

    EXPECT_FALSE(stream.put(std::string{bytes} + std::string{bytes}));
    EXPECT_EQ(events, 1);
}

}  // namespace
}  // namespace app
