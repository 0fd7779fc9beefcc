#include <logging/messages.hpp>

#include "edge_world.hpp"

namespace web::testing {
namespace {

using namespace std::chrono_literals;

// The module logging, which tells what a test has put there.
struct scripted_log {
    explicit scripted_log(scripted_bus& bus) {
        bus.answer<logging::follow_entries>(
            [this](logging::follow_entries query, bus::call) -> core::awaitable<core::result<logging::followed>> {
                asked.push_back(query);
                if (trouble) co_return std::unexpected{*trouble};
                co_await harness::eventually([this] { return !answers.empty(); });
                auto answer = std::move(answers.front());
                answers.erase(answers.begin());
                co_return answer;
            });
    }

    std::vector<logging::followed> answers;
    std::vector<logging::follow_entries> asked;
    std::optional<core::error> trouble;
};

logging::log_view entry(std::int64_t id, std::string name) {
    return {id, core::timestamp{1s}, "INFO", "shop", std::move(name), {"{}"}, std::nullopt};
}

std::string follow(std::string_view path = "/api/v1/logs/stream", std::string_view fields = {}) {
    return get(path, "Authorization: Bearer the-token\r\n" + std::string{fields});
}

}  // namespace

CO_TEST(log_stream, is_server_sent_events_with_the_ids_of_entries) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    log.answers = {{.position = "7"},
                   {.items = {entry(41, "first"), entry(42, "a\n{\"level\":\"error\"}\x1b]0;")}, .position = "9"},
                   {.is_behind = true}};

    const auto got = co_await edge.ask_admin(follow("/api/v1/logs/stream?module=shop&search=x&level=INFO"));
    co_await edge.stop();

    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.header("content-type"), "text/event-stream; charset=utf-8");
    EXPECT_EQ(got.header("cache-control"), "no-store");
    EXPECT_TRUE(got.body.starts_with(": "));
    EXPECT_TRUE(got.body.contains("\n\nid: 41\ndata: {\"id\":41,"));
    EXPECT_TRUE(got.body.contains(R"("name":"a\n{\"level\":\"error\"}\u001b]0;")")) << "S59: one line";
    EXPECT_TRUE(got.body.contains("\n\nevent: dropped\n"));
    CO_ASSERT_TRUE(log.asked.size() == 3);
    EXPECT_EQ(log.asked[0].module, "shop");
    EXPECT_EQ(log.asked[1].position, "7");
    EXPECT_EQ(log.asked[2].position, "9");
}

CO_TEST(log_stream, goes_on_where_a_client_was) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    log.answers = {{.items = {entry(42, "next")}}, {.position = "3"}, {.is_behind = true}};

    const auto got = co_await edge.ask_admin(follow("/api/v1/logs/stream", "Last-Event-ID: 41\r\n"));
    co_await edge.stop();

    EXPECT_TRUE(got.body.contains("id: 42\n"));
    CO_ASSERT_TRUE(log.asked.size() == 3);
    EXPECT_EQ(log.asked[0].after, 41);
    EXPECT_EQ(log.asked[1].after, 42);
    EXPECT_EQ(log.asked[2].position, "3");
}

CO_TEST(log_stream, S29_is_for_operators_and_pages_of_our_own) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    log.answers.assign(9, {.is_behind = true});
    const auto status = [&edge](std::string fields) -> core::awaitable<int> {
        co_return (co_await edge.ask_admin(follow("/api/v1/logs/stream", fields))).status;
    };

    EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/logs/stream"))).status, 401);
    EXPECT_EQ((co_await edge.ask(follow())).status, 404);
    EXPECT_EQ(co_await status("Origin: http://evil.test\r\n"), 403);
    EXPECT_EQ(co_await status("Sec-Fetch-Site: cross-site\r\n"), 403);
    EXPECT_EQ(co_await status("Sec-Fetch-Site: same-site\r\n"), 403);
    EXPECT_EQ(co_await status("Sec-Fetch-Site: same-origin\r\n"), 200);
    EXPECT_EQ(co_await status(""), 200);
    co_await edge.stop();
}

CO_TEST(log_stream, ends_with_the_right_to_it) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    log.answers = {{.position = "7"}, {.items = {entry(41, "first")}, .position = "9"}};
    raw_client client;
    co_await client.connect(edge_under_test::port_of(edge.edge.admin_address()));
    co_await client.send(follow());
    co_await harness::eventually([&] { return log.asked.size() == 3; });

    edge.admin_token = "another";
    log.answers = {{.items = {entry(42, "second")}, .position = "11"}, {.items = {entry(43, "third")}}};
    const auto got = co_await client.receive();
    co_await edge.stop();

    EXPECT_TRUE(got.body.contains("id: 41\n"));
    EXPECT_FALSE(got.body.contains("id: 43\n"));
}

CO_TEST(log_stream, is_not_begun_when_the_module_cannot_answer) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    log.trouble = core::error{core::error_kind::no_handler, "The module logging is not running."};

    const auto got = co_await edge.ask_admin(follow());
    co_await edge.stop();

    EXPECT_EQ(got.status, 503);
}

CO_TEST(log_stream, is_one_of_a_bounded_number_and_ends_with_the_server) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    const auto port = edge_under_test::port_of(edge.edge.admin_address());
    std::vector<std::unique_ptr<raw_client>> open;
    log.answers.assign(33, {.position = "1"});
    for (std::size_t i = 0; i < 32; ++i) {
        auto& client = *open.emplace_back(std::make_unique<raw_client>());
        co_await client.connect(port);
        co_await client.send(follow());
        co_await harness::eventually([&] { return log.asked.size() > i; });
    }

    const auto one_more = co_await edge.ask_admin(follow());
    log.answers.assign(100, {.position = "2"});
    co_await edge.stop();

    EXPECT_EQ(one_more.status, 503);
    EXPECT_EQ((co_await open.back()->receive()).status, 200);
}

CO_TEST(log_stream, answers_head_with_nothing_more) {
    edge_under_test edge;
    scripted_log log{edge.bus};
    log.answers = {{.position = "1"}};
    auto head = follow();
    head.replace(0, 3, "HEAD");

    raw_client client;
    co_await client.connect(edge_under_test::port_of(edge.edge.admin_address()));
    co_await client.send(head);
    const auto got = co_await client.receive(true);
    client.close();
    co_await edge.stop();

    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(log.asked.size(), 1U);
}

}  // namespace web::testing
