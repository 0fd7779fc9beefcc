#include <nlohmann/json.hpp>

#include "edge_world.hpp"
#include "operated_module.hpp"

namespace web::testing {
namespace {

using nlohmann::json;
using texts = std::vector<std::string>;

// An edge before two modules that answer operators; a third, logging, is away.
struct operated_edge {
    core::awaitable<answer> read(const std::string& path) { return edge.ask_admin(get("/api/v1" + path, token)); }
    core::awaitable<answer> send(const std::string& path, const std::string& body) {
        return edge.ask_admin(post("/api/v1" + path, json_type, body, token));
    }
    core::awaitable<answer> remove(const std::string& path) {
        return edge.ask_admin("DELETE /api/v1" + path + " HTTP/1.1\r\nHost: localhost\r\n" + token +
                              "Connection: close\r\n\r\n");
    }

    const std::string token = "Authorization: Bearer the-token\r\n";
    edge_under_test edge;
    operated_module registration{edge.bus, "registration"};
    operated_module email{edge.bus, "email"};
};

texts ids(const answer& answer) {
    texts all;
    for (const auto& item : json::parse(answer.body)["items"]) all.push_back(item["id"]);
    return all;
}

std::string next(const answer& answer) { return json::parse(answer.body)["next"]; }

texts fields_of(const answer& answer) {
    texts names;
    for (const auto& error : json::parse(answer.body)["errors"]) names.push_back(error["field"]);
    return names;
}

CO_TEST(bus_api, shows_how_far_every_handler_is_and_who_is_away) {
    operated_edge world;
    world.registration.publish("registration.user_registered", 1);
    world.email.publish("email.email_queued", 1);
    world.email.handlers = {"registration_mails"};
    world.email.process = "there:1";
    world.email.sent = 1;
    world.email.in_flight = 2;

    const auto answer = co_await world.read("/bus");

    EXPECT_EQ(answer.status, 200);
    const auto body = json::parse(answer.body);
    EXPECT_EQ(body["processes"], json::parse(R"([{"name":"here:1","modules":["registration","product"],"published":1,
                               "published_without_handler":0,"sent":{},"in_flight":0},
                              {"name":"there:1","modules":["email"],"published":1,
                               "published_without_handler":0,"sent":{"email":1},"in_flight":2}])"));
    EXPECT_EQ(body["handlers"].size(), 1u);
    EXPECT_EQ(body["handlers"][0]["handler"], "registration_mails");
    EXPECT_EQ(body["handlers"][0]["head"], 5);
    EXPECT_EQ(body["away"], json::parse(R"(["logging"])"));
    co_await world.edge.stop();
}

CO_TEST(bus_api, replays_a_handler_that_is_named_with_or_without_its_module) {
    operated_edge world;
    world.email.handlers = {"registration_mails"};

    const auto full = co_await world.send("/bus/replay", R"({"group":"email.registration_mails","from_sequence":2})");
    const auto bare = co_await world.send("/bus/replay", R"({"group":"registration_mails","from_sequence":3})");

    EXPECT_EQ(full.status, 202);
    EXPECT_EQ(
        full.body,
        R"({"module":"email","handler":"registration_mails","source":"registration","from_sequence":2,"events":3})");
    EXPECT_EQ(bare.status, 202);
    EXPECT_EQ(world.email.replays.size(), 2u);
    EXPECT_EQ(world.email.replays[1].handler, "registration_mails");
    EXPECT_EQ(world.email.replays[1].from_sequence, 3);
    co_await world.edge.stop();
}

CO_TEST(bus_api, refuses_a_replay_that_is_not_clear) {
    operated_edge world;
    world.email.handlers = {"twice"};
    world.registration.handlers = {"twice"};

    const auto both = co_await world.send("/bus/replay", R"({"group":"twice","from_sequence":1})");
    const auto nowhere = co_await world.send("/bus/replay", R"({"group":"email.twice"})");

    EXPECT_EQ(both.status, 422);
    EXPECT_EQ(fields_of(both), texts{"group"});
    EXPECT_EQ(fields_of(nowhere), texts{"from_sequence"});
    EXPECT_EQ((co_await world.send("/bus/replay", R"({"group":"none","from_sequence":1})")).status, 404);
    EXPECT_EQ((co_await world.send("/bus/replay", R"({"group":"logging.x","from_sequence":1})")).status, 503);
    EXPECT_EQ(world.email.replays.size(), 0u);
    co_await world.edge.stop();
}

CO_TEST(event_api, pages_without_a_gap_or_a_repetition_while_events_are_added) {
    operated_edge world;
    for (int i = 1; i <= 3; ++i) {
        world.registration.publish("registration.user_registered", i * 10);
        world.email.publish("email.email_queued", i * 10 + 5);
    }

    const auto first = co_await world.read("/events?size=2");
    world.registration.publish("registration.user_registered", 100);
    world.email.publish("email.email_queued", 1);
    const auto second = co_await world.read("/events?size=2&before=" + next(first));
    const auto third = co_await world.read("/events?size=2&before=" + next(second));

    EXPECT_EQ(ids(first), (texts{"email3", "registration3"}));
    EXPECT_EQ(ids(second), (texts{"email2", "registration2"}));
    EXPECT_EQ(ids(third), (texts{"email1", "registration1"}));
    EXPECT_TRUE(json::parse(third.body)["next"].is_null());
    co_await world.edge.stop();
}

CO_TEST(event_api, is_narrowed_by_type_source_and_time) {
    operated_edge world;
    world.registration.publish("registration.user_registered", 1000);
    world.registration.publish("registration.user_confirmed", 2000);
    world.email.publish("email.email_queued", 3000);

    EXPECT_EQ(ids(co_await world.read("/events?type=registration.user_confirmed")), texts{"registration2"});
    EXPECT_EQ(ids(co_await world.read("/events?source=email")), texts{"email1"});
    EXPECT_EQ(ids(co_await world.read("/events?since=1970-01-01T00:00:02Z")), (texts{"email1", "registration2"}));
    EXPECT_EQ(ids(co_await world.read("/events?before=1970-01-01T00:00:02Z")), texts{"registration1"});
    co_await world.edge.stop();
}

CO_TEST(event_api, follows_from_the_end_without_missing_any) {
    operated_edge world;
    world.registration.publish("registration.user_registered", 10);

    const auto end = co_await world.read("/events?after=now");
    world.email.publish("email.email_queued", 20);
    world.registration.publish("registration.user_registered", 30);
    const auto past = co_await world.read("/events?before=" + next(end));
    const auto first = co_await world.read("/events?size=1&after=" + next(end));
    const auto second = co_await world.read("/events?size=1&after=" + next(first));
    const auto none = co_await world.read("/events?size=1&after=" + next(second));
    world.email.publish("email.email_sent", 40);
    const auto third = co_await world.read("/events?size=1&after=" + next(none));

    EXPECT_EQ(ids(end), texts{});
    EXPECT_EQ(ids(past), texts{"registration1"});
    EXPECT_EQ(ids(first), texts{"email1"});
    EXPECT_EQ(ids(second), texts{"registration2"});
    EXPECT_EQ(ids(none), texts{});
    EXPECT_EQ(ids(third), texts{"email2"});
    co_await world.edge.stop();
}

CO_TEST(event_api, refuses_what_it_cannot_read) {
    operated_edge world;

    EXPECT_EQ(fields_of(co_await world.read("/events?source=nobody")), texts{"source"});
    EXPECT_EQ(fields_of(co_await world.read("/events?size=101")), texts{"size"});
    EXPECT_EQ(fields_of(co_await world.read("/events?since=yesterday")), texts{"since"});
    EXPECT_EQ(fields_of(co_await world.read("/events?before=x")), texts{"before"});
    EXPECT_EQ(fields_of(co_await world.read("/events?before=nobody-1")), texts{"before"});
    EXPECT_EQ(fields_of(co_await world.read("/events?source=email&before=registration-1")), texts{"before"});
    EXPECT_EQ(fields_of(co_await world.read("/events?before=email-1&after=email-1")), texts{"after"});
    EXPECT_EQ((co_await world.read("/events?source=logging")).status, 503);
    EXPECT_EQ((co_await world.read("/events?after=logging-1")).status, 503);
    co_await world.edge.stop();
}

CO_TEST(dead_letter_api, lists_those_of_all_modules_newest_failure_first) {
    operated_edge world;
    world.email.bury(2, 40);
    world.email.bury(1, 20);
    world.registration.bury(7, 30);

    const auto first = co_await world.read("/dead-letters?size=2");
    const auto second = co_await world.read("/dead-letters?size=2&page=2");
    const auto own = co_await world.read("/dead-letters?size=1&page=2&module=email");

    EXPECT_EQ(ids(first), (texts{"email-2", "registration-7"}));
    EXPECT_EQ(ids(second), texts{"email-1"});
    EXPECT_EQ(ids(own), texts{"email-1"});
    auto body = json::parse(first.body);
    body.erase("items");
    EXPECT_EQ(body, json::parse(R"({"page":1,"size":2,"total_count":3,"total_pages":2,"has_more":true})"));
    EXPECT_EQ(json::parse(second.body)["has_more"], false);
    EXPECT_EQ(fields_of(co_await world.read("/dead-letters?module=nobody")), texts{"module"});
    EXPECT_EQ(fields_of(co_await world.read("/dead-letters?size=100&page=101")), texts{"page"});
    co_await world.edge.stop();
}

CO_TEST(dead_letter_api, shows_and_drops_one) {
    operated_edge world;
    world.email.bury(1, 20);

    const auto shown = co_await world.read("/dead-letters/email-1");
    const auto dropped = co_await world.remove("/dead-letters/email-1");

    EXPECT_EQ(json::parse(shown.body)["id"], "email-1");
    EXPECT_EQ(dropped.status, 204);
    for (const auto* id : {"email-1", "nobody-1", "email", "email-", "-1"}) {
        EXPECT_EQ((co_await world.read("/dead-letters/" + std::string{id})).status, 404) << id;
        EXPECT_EQ((co_await world.remove("/dead-letters/" + std::string{id})).status, 404) << id;
    }
    co_await world.edge.stop();
}

CO_TEST(dead_letter_api, retries_one_as_it_is_or_edited) {
    operated_edge world;
    world.email.bury(1, 20);

    const auto same = co_await world.send("/dead-letters/email-1/retry", "");
    const auto edited = co_await world.send("/dead-letters/email-1/retry", R"({"data":{"a":1}})");
    const auto wrong = co_await world.send("/dead-letters/email-1/retry", R"({"date":{}})");

    EXPECT_EQ(same.status, 202);
    EXPECT_EQ(same.body, R"({"retried":1})");
    EXPECT_EQ(edited.status, 202);
    EXPECT_EQ(fields_of(wrong), texts{"date"});
    EXPECT_EQ(world.email.retries.size(), 2u);
    EXPECT_EQ(world.email.retries[0].data, std::nullopt);
    EXPECT_EQ(world.email.retries[1].data, json::parse(R"({"a":1})"));
    EXPECT_EQ((co_await world.send("/dead-letters/email-9/retry", "")).status, 404);
    co_await world.edge.stop();
}

CO_TEST(dead_letter_api, retries_several_or_none) {
    operated_edge world;
    world.email.bury(1, 20);
    world.email.bury(2, 10);
    world.registration.bury(7, 30);

    const auto unknown = co_await world.send("/dead-letters/retry", R"({"ids":["email-1","registration-8"]})");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(world.email.retries.size(), 0u);

    EXPECT_EQ((co_await world.send("/dead-letters/retry", R"({"ids":["email-1","registration-7"]})")).body,
              R"({"retried":2})");
    EXPECT_EQ((co_await world.send("/dead-letters/retry", R"({"all":true})")).body, R"({"retried":3})");
    EXPECT_EQ((co_await world.send("/dead-letters/retry", R"({"all":true,"module":"email"})")).body,
              R"({"retried":2})");
    co_await world.edge.stop();
}

CO_TEST(dead_letter_api, never_takes_an_empty_list_for_all) {
    operated_edge world;
    world.email.bury(1, 20);

    for (const auto* body :
         {R"({"ids":[]})", "{}", R"({"all":false})", R"({"all":true,"ids":["email-1"]})", R"({"module":"email"})",
          R"({"ids":["email-1"],"module":"email"})", R"({"all":true,"module":"nobody"})"})
        EXPECT_EQ((co_await world.send("/dead-letters/retry", body)).status, 422) << body;

    EXPECT_EQ(world.email.retries.size(), 0u);
    co_await world.edge.stop();
}

CO_TEST(operations_api, is_for_the_admin_alone_and_leaves_a_record) {
    operated_edge world;
    world.email.bury(1, 20);

    for (const auto* path : {"/api/v1/bus", "/api/v1/events", "/api/v1/dead-letters", "/api/v1/dead-letters/email-1"})
        EXPECT_EQ((co_await world.edge.ask_admin(get(path))).status, 401) << path;
    EXPECT_EQ((co_await world.edge.ask_admin(post("/api/v1/dead-letters/email-1/retry", json_type, ""))).status, 401);
    EXPECT_EQ(world.email.retries.size(), 0u);

    co_await world.remove("/dead-letters/email-1");
    const auto entries = world.edge.world.log.entries();
    EXPECT_TRUE(std::ranges::any_of(entries, [](const auto& entry) {
        return entry.name == "an admin dropped a dead letter" && !entry.trace_id.empty();
    }));
    co_await world.edge.stop();
}

}  // namespace
}  // namespace web::testing
