#include <random>

#include "module_under_test.hpp"

using namespace std::chrono_literals;

namespace logging::test {
namespace {

using names = std::vector<std::string>;

}  // namespace

CO_TEST(log_words, are_found_by_their_beginnings_and_all_of_them_are_meant) {
    module_under_test logging;
    logging.log_with({{"path", "/api/v1/products"}, {"user", "Zoë"}}, "answered");
    logging.log_with({{"path", "/api/v1/emails"}}, "refused");
    co_await logging.finished();

    EXPECT_EQ(co_await logging.names_with("prod"), names{"answered"});
    EXPECT_EQ(co_await logging.names_with("api v1"), (names{"refused", "answered"}));
    EXPECT_EQ(co_await logging.names_with("API products"), names{"answered"});
    EXPECT_EQ(co_await logging.names_with("zoe"), names{"answered"});
    EXPECT_EQ(co_await logging.names_with("products emails"), names{});
    EXPECT_EQ(co_await logging.names_with("oducts"), names{});
}

CO_TEST(log_words, a_field_and_its_value_are_found_together) {
    module_under_test logging;
    logging.log_with({{"status", 500}, {"user_id", "u-1"}, {"ok", false}}, "first");
    logging.log_with({{"code", 500}, {"status", 50}}, "second");
    logging.log_with({{"request", {{"host", "mail.example.org"}, {"tags", {"slow", "retried"}}}}}, "third");
    co_await logging.finished();

    EXPECT_EQ(co_await logging.names_with("500"), (names{"second", "first"}));
    EXPECT_EQ(co_await logging.names_with("status:500"), names{"first"});
    EXPECT_EQ(co_await logging.names_with("status:5"), names{}) << "a value is meant whole";
    EXPECT_EQ(co_await logging.names_with("status:5*"), (names{"second", "first"}));
    EXPECT_EQ(co_await logging.names_with("status:"), (names{"second", "first"}));
    EXPECT_EQ(co_await logging.names_with("user_id:u-1"), names{"first"});
    EXPECT_EQ(co_await logging.names_with("ok:false"), names{"first"});
    EXPECT_EQ(co_await logging.names_with("request.host:example"), names{"third"});
    EXPECT_EQ(co_await logging.names_with("request.host:\"mail example\""), names{"third"});
    EXPECT_EQ(co_await logging.names_with("request.tags:retried"), names{"third"});
    EXPECT_EQ(co_await logging.names_with("module:shop level:info,error second"), names{"second"});
}

CO_TEST(log_words, may_be_excluded_or_stand_in_a_row) {
    module_under_test logging;
    logging.log("a mail was sent");
    logging.log("sent was a mail", "ERROR");
    co_await logging.finished();

    EXPECT_EQ(co_await logging.names_with("\"was sent\""), names{"a mail was sent"});
    EXPECT_EQ(co_await logging.names_with("mail -level:error"), names{"a mail was sent"});
    EXPECT_EQ(co_await logging.names_with("-\"was sent\""), names{"sent was a mail"});
    EXPECT_EQ(co_await logging.names_with("-id:7"), names{});
}

// A program that logs what others have typed must not be able to pass for another module or level.
CO_TEST(log_words, of_a_value_never_pass_for_a_field) {
    module_under_test logging;
    logging.log_with({{"text", "\uE000level\uE001error"}, {"level", "error"}, {"module", "email"}}, "sly");
    logging.log_with({{"\uE000level\uE001error", "x"}}, "slier");
    co_await logging.finished();

    EXPECT_EQ((co_await logging.search({.level = "error"})).total_count, 0);
    EXPECT_TRUE((co_await logging.search({.level = "error", .search = "x"})).items.empty());
    EXPECT_EQ((co_await logging.search({.module = "shop", .search = "sly"})).total_count, 1);
}

// S52: nothing that is typed is part of an expression.
CO_TEST(log_words, may_be_typed_in_any_characters) {
    module_under_test logging;
    logging.log("plain");
    co_await logging.finished();

    for (const auto* hostile : {"\"",
                                "\"\"",
                                "*",
                                "NEAR(",
                                "a AND",
                                "OR",
                                "NOT",
                                "(",
                                ")",
                                "^",
                                "text:",
                                ":",
                                "::",
                                "-",
                                "--",
                                "-\"",
                                "a:\"b",
                                "{",
                                "+",
                                "\\",
                                "'",
                                "';--",
                                "%",
                                "_",
                                "→",
                                "-→",
                                "a:→",

                                "\"a\" OR \"b\"",
                                "rowid:1",
                                "level:,",
                                "level:loud",
                                "module:",
                                "\uE000",
                                "words_a",
                                "https://example.org"}) {
        const auto found = co_await logging.request(search_entries{.search = hostile});
        EXPECT_TRUE(found.has_value() || found.error().kind == core::error_kind::invalid) << hostile;
    }
    EXPECT_EQ(co_await logging.names_with("plain →"), names{"plain"});
    EXPECT_EQ(co_await logging.names_with("!?"), names{});
    EXPECT_EQ(co_await logging.names_with("  "), names{"plain"});
}

// The same for whatever a generator of bad ideas can think of.
CO_TEST(log_words, may_be_typed_in_any_order_of_them) {
    module_under_test logging;
    logging.log_with({{"a", "b"}});
    co_await logging.finished();
    const std::vector<std::string> pieces{"\"",     "*",  ":", "-", "(",  ")",  " ",      "AND",     "NOT",
                                          "NEAR",   "^",  "+", ",", "a",  "b:", "level:", "é",       "\uE000",
                                          "\u2014", "😀", "7", "{", "\\", "'",  "\n",     "\xC2\xA0"};
    std::minstd_rand chance{7};

    for (int i = 0; i < 300; ++i) {
        std::string typed;
        for (auto length = chance() % 12; length > 0; --length) typed += pieces[chance() % pieces.size()];
        const auto found = co_await logging.request(search_entries{.search = typed});
        EXPECT_TRUE(found.has_value()) << typed;
    }
}

CO_TEST(log_pages, go_on_behind_the_last_entry_while_others_come) {
    module_under_test logging;
    for (int i = 0; i < 7; ++i) logging.log("entry " + std::to_string(i));
    co_await logging.finished();

    const auto first = co_await logging.search({.search = "entry", .size = 3});
    logging.log("entry that came later");
    co_await logging.finished();
    const auto second = co_await logging.search({.search = "entry", .size = 3, .before = first.next});
    const auto third = co_await logging.search({.search = "entry", .size = 3, .before = second.next});

    CO_ASSERT_TRUE(second.items.size() == 3 && third.items.size() == 1);
    EXPECT_EQ(second.items[0].name, "entry 3");
    EXPECT_EQ(third.items[0].name, "entry 0");
    EXPECT_EQ(second.total_count, 8);
    EXPECT_FALSE(third.next);
    EXPECT_FALSE(third.has_more);
}

// An id has its time in it, so an entry that comes late is where it belongs.
CO_TEST(log_pages, are_in_the_order_of_time) {
    module_under_test logging;
    logging.world.clock.advance(2h);
    logging.log("new");
    co_await logging.finished();
    logging.emit(entry_recorded{logging.world.clock.now() - 1h, "INFO", "shop", "late", {"{}"}, ""});
    logging.emit(entry_recorded{logging.world.clock.now() + 1h, "INFO", "shop", "early", {"{}"}, ""});
    co_await logging.finished();

    const auto page = co_await logging.search();
    const auto past = co_await logging.search({.until = logging.world.clock.now() - 30min});

    CO_ASSERT_TRUE(page.items.size() == 3 && past.items.size() == 1);
    EXPECT_EQ(page.items[0].name, "early");
    EXPECT_EQ(page.items[0].time, logging.world.clock.now()) << "no entry is of the future";
    EXPECT_EQ(page.items[2].name, "late");
    EXPECT_EQ(past.items[0].name, "late");
    EXPECT_EQ(past.total_count, 1);
    EXPECT_EQ((co_await logging.search({.module = "shop", .since = logging.world.clock.now() - 90min})).total_count, 3);
}

CO_TEST(log_pages, have_room_for_more_entries_than_a_millisecond_has_ids) {
    module_under_test logging;
    for (int i = 0; i < 1100; ++i) logging.log("burst");
    co_await logging.finished();

    EXPECT_EQ(logging.count("(SELECT DISTINCT id FROM entries)"), 1100);
    EXPECT_EQ((co_await logging.search({.search = "burst", .page = 11, .size = 100})).items.size(), 100U);
}

}  // namespace logging::test
