#include "edge_world.hpp"

namespace web::testing {
namespace {

CO_TEST(edge_metrics, are_told_on_the_admin_listener_to_whoever_reaches_it) {
    edge_under_test edge;
    edge.world.metrics.add_counter("busbar_things_total", "Things.").Increment(3);

    const auto answer = co_await edge.ask_admin(get("/metrics"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_NE(answer.body.find("# TYPE busbar_things_total counter\nbusbar_things_total 3\n"), std::string::npos)
        << answer.body;
    co_await edge.stop();
}

CO_TEST(edge_metrics, count_requests_by_route_and_not_by_path) {
    edge_under_test edge;
    const auto counted = [&](const std::string& labels) {
        return harness::metric(edge.world, "busbar_http_requests_total{" + labels + "}");
    };

    co_await edge.ask(get("/api/v1/products/one"));
    co_await edge.ask(get("/api/v1/products/two"));
    co_await edge.ask(get("/made-up/4711"));
    co_await edge.ask(get("/made-up/4712"));
    co_await edge.ask_admin(get("/livez"));

    EXPECT_EQ(co_await counted(R"(code="404",listener="public",method="GET",route="/api/v1/products/{id}")"), 2.0);
    EXPECT_EQ(co_await counted(R"(code="404",listener="public",method="any",route="none")"), 2.0);
    EXPECT_EQ(co_await counted(R"(code="200",listener="admin",method="GET",route="/livez")"), 1.0);
    EXPECT_EQ((co_await edge.world.metrics.text()).find("4711"), std::string::npos);
    co_await edge.stop();
}

CO_TEST(edge_metrics, time_what_they_count) {
    edge_under_test edge;
    co_await edge.ask(get("/livez"));
    co_await edge.ask(get("/livez"));

    EXPECT_EQ(
        co_await harness::metric(
            edge.world, R"(busbar_http_request_duration_seconds_count{listener="public",method="GET",route="/livez"})"),
        2.0);
    co_await edge.stop();
}

CO_TEST(edge_metrics, tell_whether_the_process_is_ready_and_who_is_connected) {
    edge_under_test edge;
    EXPECT_EQ(co_await harness::metric(edge.world, "busbar_process_ready"), 1.0);
    edge.failing.push_back({"storage", "the disk is gone"});
    edge.lacking.push_back({"bus", "the broker is away"});
    EXPECT_EQ(co_await harness::metric(edge.world, "busbar_process_ready"), 0.0);
    EXPECT_EQ(co_await harness::metric(edge.world, "busbar_process_lacking_parts"), 1.0);
    EXPECT_EQ(co_await harness::metric(edge.world, R"(busbar_http_connections{listener="public"})"), 0.0);
    co_await edge.stop();
}

CO_TEST(edge_metrics, S32_do_not_exist_on_the_public_listener) {
    edge_under_test edge;

    EXPECT_EQ((co_await edge.ask(get("/metrics"))).status, 404);
    EXPECT_EQ((co_await edge.ask(get("/metrics", "Authorization: Bearer the-token\r\n"))).status, 404);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
