#include <core/log.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace {

core::log_entry entry_with(std::string text) {
    return {core::timestamp{std::chrono::milliseconds{0}},
            core::log_level::warning,
            "module",
            "name",
            {{"field", std::move(text)}},
            "abc"};
}

}  // namespace

// S59: what a user types can neither begin a line nor reach the terminal as a command.
TEST(log_line, keeps_hostile_text_on_one_line) {
    const std::string hostile = "a\n{\"level\":\"error\"}\x1b]0;title\x07\u009b2J\"\\\u2028\u2029\u202edlrow\u2066\x7f";
    const auto entry = entry_with(hostile);
    for (const auto& line : {core::format_text(entry), core::format_json(entry)})
        for (const auto* bad : {"\n", "\x1b", "\x07", "\x7f", "\u009b", "\u2028", "\u2029", "\u202e", "\u2066"})
            EXPECT_EQ(line.find(bad), std::string::npos) << line;
    EXPECT_EQ(nlohmann::json::parse(core::format_json(entry))["data"]["field"].get<std::string>(), hostile);
}

TEST(log_line, leaves_every_other_character_as_it_is) {
    const std::string text = "Zoë – 東京 “x” 👩‍💻";

    EXPECT_TRUE(core::format_text(entry_with(text)).contains('"' + text + '"'));
}

TEST(log_line, writes_numbers_and_truth_as_json) {
    core::log_entry entry = entry_with("x");
    entry.data = {{"count", 3}, {"part", 0.5}, {"ok", true}};

    EXPECT_EQ(core::format_json(entry),
              R"({"time":"1970-01-01T00:00:00.000Z","level":"WARNING","module":"module","name":"name",)"
              R"("data":{"count":3,"part":0.5,"ok":true},"trace_id":"abc"})");
    EXPECT_EQ(core::format_text(entry),
              "1970-01-01T00:00:00.000Z WARNING module: name  count=3  part=0.5  ok=true  trace=abc");
}

TEST(log_level, is_read_in_any_case) {
    EXPECT_EQ(core::parse_log_level("Warning"), core::log_level::warning);
    EXPECT_EQ(core::parse_log_level("ERROR"), core::log_level::error);
    EXPECT_FALSE(core::parse_log_level("loud"));
}

CO_TEST(logger, writes_nothing_below_the_level) {
    harness::world world;
    core::log_hub quiet{world.clock, core::log_level::warning};
    quiet.add(world.log);
    const core::logger log{quiet, "module"};

    log.info("dropped");
    log.error("kept", {{"id", 1}}, {.trace = {"trace", "span"}});

    const auto entries = world.log.entries();
    CO_ASSERT_TRUE(entries.size() == 1);
    EXPECT_EQ(entries[0].name, "kept");
    EXPECT_EQ(entries[0].trace_id, "trace");
}

TEST(log_line, writes_what_json_has_no_word_for_as_null_and_bytes_that_are_no_text_as_signs_for_it) {
    auto entry = entry_with("a\xff\x9bz");
    entry.data.emplace_back("ratio", std::numeric_limits<double>::infinity());

    EXPECT_EQ(core::format_data(entry.data), "{\"field\":\"a\uFFFD\uFFFDz\",\"ratio\":null}");
    EXPECT_EQ(core::format_data({}), "{}");
}

CO_TEST(log_level, of_a_module_is_its_own_and_may_change) {
    harness::world world;
    core::log_hub hub{world.clock, {.all = core::log_level::warning, .own = {{"email", core::log_level::debug}}}};
    hub.add(world.log);
    const core::logger email{hub, "email"};
    const core::logger shop{hub, "shop"};

    EXPECT_TRUE(email.enabled(core::log_level::debug));
    EXPECT_FALSE(shop.enabled(core::log_level::info));
    hub.set_level("shop", core::log_level::info);
    hub.set_level("email", core::log_level::error);
    EXPECT_TRUE(shop.enabled(core::log_level::info));
    EXPECT_FALSE(email.enabled(core::log_level::warning));
    hub.set_level("shop", std::nullopt);
    hub.set_level("email", std::nullopt);
    EXPECT_EQ(hub.level_of("shop"), core::log_level::warning);
    EXPECT_EQ(hub.level_of("email"), core::log_level::debug);
    EXPECT_EQ(hub.level_of("unheard of"), core::log_level::warning);
    co_return;
}
