#include <gtest/gtest.h>

#include "causal_tree.hpp"
#include "trace_waterfall.hpp"

namespace app {
namespace {

using json = nlohmann::ordered_json;

json span(const std::string& id, const json& parent, double offset, double duration, const std::string& name) {
    return {{"span_id", id},   {"parent_span_id", parent}, {"name", name},
            {"module", "web"}, {"offset_ms", offset},      {"duration_ms", duration},
            {"status", "ok"},  {"error", nullptr},         {"attributes", json::object()}};
}

json trace(json spans, double duration) {
    return {{"name", "GET /"},
            {"started_at", "2026-01-31T12:00:00.000Z"},
            {"duration_ms", duration},
            {"span_count", spans.size()},
            {"spans", std::move(spans)}};
}

TEST(waterfall, has_a_line_for_each_span_below_what_it_is_a_part_of) {
    auto failed = span("c", "a", 50, 50, "late");
    failed["status"] = "error";
    failed["error"] = "no reply";
    failed["attributes"] = {{"error.type", "451"}, {"busbar.attempt", 2}};

    const auto text = waterfall(trace(
        {span("a", nullptr, 0, 100, "GET /"), span("b", "a", 0, 25, "early"), span("d", "b", 0, 0.5, "within"), failed},
        100));

    EXPECT_EQ(text,
              "GET /  2026-01-31T12:00:00.000Z  100.00 ms, 4 spans\n\n"
              "    0.00 ms   100.00 ms  |================================|  GET /  [web]\n"
              "    0.00 ms    25.00 ms  |=========                       |    early  [web]\n"
              "    0.00 ms     0.50 ms  |=                               |      within  [web]\n"
              "   50.00 ms    50.00 ms  |                ================|    late  [web, attempt 2]  failed: 451: no "
              "reply\n");
}

TEST(waterfall, shows_every_span_once_whatever_their_parents_are) {
    const auto text = waterfall(trace({span("a", "b", 0, 1, "first"), span("b", "a", 0, 1, "second"),
                                       span("c", "elsewhere", 0, 1, "third"), span("d", "d", 0, 1, "fourth")},
                                      1));

    for (const auto* name : {"first", "second", "third", "fourth"}) {
        const auto place = text.find(name);
        ASSERT_NE(place, std::string::npos) << text;
        EXPECT_EQ(text.find(name, place + 1), std::string::npos) << text;
    }
}

// S59
TEST(waterfall, lets_no_name_begin_a_line_or_command_the_terminal) {
    const auto text = waterfall(trace(json::array({span("a", nullptr, 0, 1, "x\n\x1b[2Jy")}), 1));

    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

json event(const std::string& id, const std::string& type, const std::string& key, const std::string& cause,
           json handlers = json::array()) {
    const auto source = type.substr(0, type.find('.'));
    return {{"id", id},         {"type", type},   {"source", source},
            {"epoch", 1},       {"sequence", 7},  {"key", key},
            {"time", "T" + id}, {"cause", cause}, {"handlers", std::move(handlers)}};
}

json handler(const std::string& module, const std::string& state, int attempts = 0, json errors = json::array()) {
    return {{"module", module},     {"handler", "mails"},         {"state", state},
            {"attempts", attempts}, {"next_attempt_at", nullptr}, {"errors", std::move(errors)}};
}

TEST(causal_tree, leads_from_an_event_over_its_handlers_to_the_mail_and_what_is_told_of_it) {
    const json mail{{"id", "m1"},
                    {"to", json::array({"ada@example.org"})},
                    {"status", "sent"},
                    {"attempts", 2},
                    {"last_error", nullptr},
                    {"next_attempt_at", nullptr},
                    {"sent_at", "T9"},
                    {"last_attempts",
                     json::array({{{"attempt", 2}, {"server", "smtp://there"}, {"began_at", "T8"}, {"took_ms", 5}}})}};

    const auto text = causal_tree(
        {{"events",
          json::array({event("1", "registration.user_registered", "u1", "", json::array({handler("email", "done")})),
                       event("2", "email.email_queued", "m1", "1"), event("3", "email.email_sent", "m1", "")})},
         {"mails", json::array({mail})},
         {"away", json::array()},
         {"is_complete", true}});

    EXPECT_EQ(text,
              "T1  registration.user_registered  u1  (registration 7)\n"
              "  email.mails: done\n"
              "    T2  email.email_queued  m1  (email 7)\n"
              "      mail m1 to ada@example.org: sent, 2 attempts, sent T9\n"
              "        T8  attempt 2 at smtp://there, 5 ms\n"
              "        T3  email.email_sent  m1  (email 7)\n");
}

TEST(causal_tree, tells_of_failures_and_of_what_is_missing) {
    const json errors = json::array({{{"time", "T5"}, {"type", "std::runtime_error"}, {"text", "not\nyet"}}});

    const auto text =
        causal_tree({{"events", json::array({event("1", "shop.order_placed", "ada", "",
                                                   json::array({handler("office", "dead", 5, errors)}))})},
                     {"mails", json::array()},
                     {"away", json::array({"email"})},
                     {"is_complete", false}});

    EXPECT_EQ(text,
              "T1  shop.order_placed  ada  (shop 7)\n"
              "  office.mails: dead after 5 attempts\n"
              "    T5  std::runtime_error: not\\x0ayet\n"
              "email does not run at present; what it knows is missing here\n"
              "there is more than could be read\n");
}

TEST(causal_tree, of_events_that_cause_each_other_ends) {
    const auto text = causal_tree({{"events", json::array({event("1", "a.b", "k", "2"), event("2", "a.b", "k", "1")})},
                                   {"mails", json::array()},
                                   {"away", json::array()},
                                   {"is_complete", true}});

    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

}  // namespace
}  // namespace app
