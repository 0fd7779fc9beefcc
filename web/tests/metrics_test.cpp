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

CO_TEST(edge_metrics, S32_do_not_exist_on_the_public_listener) {
    edge_under_test edge;

    EXPECT_EQ((co_await edge.ask(get("/metrics"))).status, 404);
    EXPECT_EQ((co_await edge.ask(get("/metrics", "Authorization: Bearer the-token\r\n"))).status, 404);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
