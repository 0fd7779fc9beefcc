#include <bus/traces.hpp>
#include <email/messages.hpp>
#include <logging/traces.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "edge_world.hpp"
#include "world.hpp"

namespace web::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

core::awaitable<response> break_down(request&) {
    throw std::runtime_error{"a detail"};
    co_return response{};
}

core::log_value attribute(const core::span_record& span, std::string_view name) {
    const auto found = std::ranges::find(span.attributes, name, &core::log_field::name);
    return found == span.attributes.end() ? core::log_value{"none"} : found->value;
}

core::log_value text(const char* value) { return core::log_value{std::string{value}}; }

// What the modules know of one trace: registration published an event that email made a mail of; logging is away.
struct traced_edge {
    traced_edge() {
        edge.bus.answer_named<bus::find_traced_events>(
            "registration.bus.trace",
            [this](const auto& wanted, const bus::call&) { return events_of("registration", wanted); });
        edge.bus.answer_named<bus::find_traced_events>(
            "email.bus.trace", [this](const auto& wanted, const bus::call&) { return events_of("email", wanted); });
        edge.bus.answer_named<bus::find_deliveries>("email.bus.deliveries", &deliveries_of);
        edge.bus.answer_named<bus::find_deliveries>("registration.bus.deliveries", &no_deliveries);
        edge.bus.answer<email::get_email>(&get_email);
        edge.bus.answer<logging::search_traces>(
            [this](logging::search_traces query, const bus::call&) { return list(std::move(query)); });
        edge.bus.answer<logging::get_trace>(&get_trace);
    }

    core::awaitable<answer> read(const std::string& path) {
        return edge.ask_admin(get("/api/v1/traces" + path, "Authorization: Bearer the-token\r\n"));
    }

    core::awaitable<core::result<bus::traced_events>> events_of(std::string module, bus::find_traced_events wanted) {
        bus::traced_events found;
        if (wanted.trace_id == "t1" && module == "registration")
            found.items.push_back({"e1", "registration.user_registered", module, 1, 7, "u1", core::timestamp{1ms}, ""});
        if (wanted.trace_id == "t1" && module == "email")
            found.items.push_back({"e2", "email.email_queued", module, 1, 9, "m1", core::timestamp{2ms}, "e1"});
        co_return found;
    }
    static core::awaitable<core::result<bus::deliveries_view>> deliveries_of(bus::find_deliveries wanted, bus::call) {
        bus::deliveries_view found;
        for (const auto& event : wanted.events)
            if (event.source == "registration")
                found.items.push_back({.source = event.source,
                                       .sequence = event.sequence,
                                       .type = event.type,
                                       .handler = "mails",
                                       .state = "done"});
        co_return found;
    }
    static core::awaitable<core::result<bus::deliveries_view>> no_deliveries(bus::find_deliveries, bus::call) {
        co_return bus::deliveries_view{};
    }
    static core::awaitable<core::result<email::email_view>> get_email(email::get_email wanted, bus::call) {
        email::email_view mail;
        mail.id = wanted.id;
        mail.to = {"ada@example.org"};
        mail.text = "a token";
        mail.status = "sent";
        mail.transcripts = {{"smtp://there", 2, core::timestamp{5ms}, 12, "> MAIL"}};
        co_return mail;
    }
    core::awaitable<core::result<logging::trace_page>> list(logging::search_traces query) {
        asked = std::move(query);
        co_return logging::trace_page{.items = {{.trace_id = "t1", .name = "GET /"}}, .total_count = 1};
    }
    static core::awaitable<core::result<logging::trace_view>> get_trace(logging::get_trace wanted, bus::call) {
        if (wanted.trace_id != "t1") co_return core::fail(core::error_kind::not_found, "None.");
        co_return logging::trace_view{.trace_id = "t1", .name = "GET /", .span_count = 1, .spans = {{.name = "GET /"}}};
    }

    edge_under_test edge;
    logging::search_traces asked;
};

CO_TEST(router_span, tells_of_a_request_without_its_query) {
    server_under_test server;
    server.world.traces.start();
    server.routes.add("GET", "/products/{id}", echo);
    server.start();

    const auto answer = co_await server.ask(
        get("/products/7?token=canary", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"));

    const auto spans = server.world.traces.take(10);
    CO_ASSERT_TRUE(spans.size() == 1u);
    EXPECT_EQ(spans[0].name, "GET /products/{id}");
    EXPECT_EQ(spans[0].kind, core::span_kind::server);
    EXPECT_EQ(spans[0].trace_id, answer.header("x-trace-id"));
    EXPECT_EQ(spans[0].parent_span_id, "00f067aa0ba902b7");
    EXPECT_EQ(attribute(spans[0], "http.route"), text("/products/{id}"));
    EXPECT_EQ(attribute(spans[0], "url.path"), text("/products/7"));
    EXPECT_EQ(attribute(spans[0], "http.response.status_code"), core::log_value{std::int64_t{200}});
    EXPECT_FALSE(spans[0].has_failed);
    co_await server.stop();
}

CO_TEST(router_span, has_failed_when_the_server_has_and_not_when_the_client_has) {
    server_under_test server;
    server.world.traces.start();
    server.routes.add("GET", "/broken", break_down);
    server.routes.add("GET", "/wrong", [](request&) -> core::awaitable<response> { co_return problem(409, "No."); });
    server.start();

    co_await server.ask(get("/broken"));
    co_await server.ask(get("/wrong"));

    const auto spans = server.world.traces.take(10);
    CO_ASSERT_TRUE(spans.size() == 2u);
    EXPECT_TRUE(spans[0].has_failed);
    EXPECT_EQ(attribute(spans[0], "error.type"), text("500"));
    EXPECT_EQ(spans[0].failure, "");
    EXPECT_FALSE(spans[1].has_failed);
    co_await server.stop();
}

CO_TEST(router_span, is_not_made_of_what_is_refused_at_the_door_or_asked_all_the_time) {
    server_under_test server;
    server.world.traces.start();
    server.routes.add("GET", "/probe", echo, {.is_untraced = true});
    server.routes.add("GET", "/mine", echo, {.who = access::admin});
    server.start();

    for (const auto* path : {"/none", "/probe", "/mine"}) co_await server.ask(get(path));

    EXPECT_TRUE(server.world.traces.take(10).empty());
    co_await server.stop();
}

CO_TEST(traces_api, lists_what_is_asked_for) {
    traced_edge world;

    const auto answer = co_await world.read(
        "?since=2026-01-31T12:00:00Z&before=2026-02-01T12:00:00Z&module=email&min_duration=250&error=true&page=2&size="
        "5");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body)["items"][0]["trace_id"], "t1");
    EXPECT_EQ(world.asked.since, core::from_rfc3339("2026-01-31T12:00:00Z"));
    EXPECT_EQ(world.asked.before, core::from_rfc3339("2026-02-01T12:00:00Z"));
    EXPECT_EQ(world.asked.module, "email");
    EXPECT_EQ(world.asked.min_duration, 250);
    EXPECT_EQ(world.asked.has_failed, true);
    EXPECT_EQ(world.asked.page, 2);
    EXPECT_EQ(world.asked.size, 5);
    for (const auto* wrong : {"?error=yes", "?min_duration=soon", "?since=today", "?size=0"})
        EXPECT_EQ((co_await world.read(wrong)).status, 422) << wrong;
    co_await world.edge.stop();
}

CO_TEST(traces_api, shows_one_or_says_that_there_is_none) {
    traced_edge world;

    const auto found = co_await world.read("/t1");
    const auto none = co_await world.read("/t2");

    EXPECT_EQ(json::parse(found.body)["spans"][0]["name"], "GET /");
    EXPECT_EQ(none.status, 404);
    co_await world.edge.stop();
}

CO_TEST(traces_api, is_for_admins) {
    traced_edge world;
    for (const auto* path : {"", "/t1", "/t1/events"})
        EXPECT_EQ((co_await world.edge.ask_admin(get(std::string{"/api/v1/traces"} + path))).status, 401) << path;
    co_await world.edge.stop();
}

CO_TEST(traces_api, tells_what_a_trace_has_caused_from_the_logs_of_all_modules) {
    traced_edge world;

    const auto answer = co_await world.read("/t1/events");

    const auto body = json::parse(answer.body);
    EXPECT_EQ(body["events"].size(), 2u);
    EXPECT_EQ(body["events"][0]["id"], "e1");
    EXPECT_EQ(body["events"][0]["handlers"],
              json::parse(R"([{"module":"email","handler":"mails","state":"done","attempts":0,"next_attempt_at":null,
                              "errors":[]}])"));
    EXPECT_EQ(body["events"][1]["cause"], "e1");
    EXPECT_EQ(body["events"][1]["handlers"], json::array());
    EXPECT_EQ(body["away"], json::parse(R"(["logging"])"));
    EXPECT_TRUE(body["is_complete"]);
    const auto& mail = body["mails"][0];
    EXPECT_EQ(mail["id"], "m1");
    EXPECT_EQ(mail["status"], "sent");
    EXPECT_EQ(mail["last_attempts"][0]["took_ms"], 12);
    EXPECT_EQ(answer.body.find("a token"), std::string::npos) << "what a mail says is not told";
    EXPECT_EQ(answer.body.find("> MAIL"), std::string::npos);
    co_await world.edge.stop();
}

CO_TEST(traces_api, of_which_nothing_is_known_has_caused_nothing) {
    traced_edge world;

    const auto answer = co_await world.read("/t9/events");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body)["events"], json::array());
    co_await world.edge.stop();
}

}  // namespace
}  // namespace web::testing
