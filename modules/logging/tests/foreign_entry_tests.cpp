#include <bus/delivery.hpp>

#include "module_under_test.hpp"

namespace logging::test {

using nlohmann::json;

TEST(foreign_entry, has_its_level_from_the_routing_key) {
    const auto entry = entry_recorded::from_outside("log.WARNING", {{"name", "disk"}, {"data", {{"free", 3}}}});

    EXPECT_EQ(entry.level, "WARNING");
    EXPECT_EQ(entry.module, "external");
    EXPECT_EQ(entry.name, "disk");
    EXPECT_EQ(entry.data.text, R"({"free":3})");
    EXPECT_EQ(entry.time, core::timestamp{});
}

TEST(foreign_entry, may_say_more) {
    const auto entry = entry_recorded::from_outside(
        "log.shop.till.ERROR", {{"name", "x"}, {"time", "2026-01-31T12:00:00.000Z"}, {"trace_id", "t"}, {"more", 1}});

    EXPECT_EQ(entry.module, "shop.till");
    EXPECT_EQ(core::to_rfc3339(entry.time), "2026-01-31T12:00:00.000Z");
    EXPECT_EQ(entry.trace_id, "t");
    EXPECT_EQ(entry.data.text, "{}");
}

TEST(foreign_entry, is_rejected_when_it_cannot_be_read) {
    const json good{{"name", "x"}};
    for (const char* key : {"log", "log.", "log.LOUD", "log.shop.", "blog.INFO", ""})
        EXPECT_THROW(static_cast<void>(entry_recorded::from_outside(key, good)), bus::rejected) << key;
    for (const auto& data : {json(), json(5), json::array(), json::object(), json{{"name", ""}}, json{{"name", 5}},
                             json{{"name", std::string(251, 'x')}}, json{{"name", "x"}, {"time", "noon"}},
                             json{{"name", "x"}, {"data", std::string(40'000, 'x')}}, json(json::value_t::discarded)})
        EXPECT_THROW(static_cast<void>(entry_recorded::from_outside("log.INFO", data)), bus::rejected) << data;
}

TEST(entry_recorded, is_sent_by_module_and_level) {
    EXPECT_EQ(
        (entry_recorded{.level = "ERROR", .module = "email", .name = {}, .data = {}, .trace_id = {}}).routing_key(),
        "log.email.ERROR");
}

CO_TEST(logging_module, gives_an_entry_without_a_time_the_present_one) {
    module_under_test logging;

    logging.emit(entry_recorded::from_outside("log.INFO", {{"name", "from a script"}}));
    co_await logging.finished();

    const auto page = co_await logging.search();
    CO_ASSERT_TRUE(page.items.size() == 1);
    EXPECT_EQ(page.items[0].time, logging.world.clock.now());
}

}  // namespace logging::test
