#include <bus/operations.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "edge_world.hpp"

namespace web::testing {
namespace {

using nlohmann::json;

// Modules whose levels an operator sees and sets; the third that is operated is away.
struct leveled_edge {
    leveled_edge() {
        for (const std::string module : {"registration", "email"}) {
            levels[module] = "INFO";
            edge.bus.answer_named<bus::get_log_level>(
                module + ".bus.log_level",
                [this, module](bus::get_log_level, bus::call) -> core::awaitable<core::result<bus::log_level_view>> {
                    co_return bus::log_level_view{module, "here:1", levels[module]};
                });
            edge.bus.answer_named<bus::set_log_level>(
                module + ".bus.set_log_level",
                [this, module](bus::set_log_level wanted,
                               bus::call) -> core::awaitable<core::result<bus::log_level_view>> {
                    levels[module] = wanted.level.value_or("INFO");
                    co_return bus::log_level_view{module, "here:1", levels[module]};
                });
        }
    }

    core::awaitable<answer> put(const std::string& body) {
        return edge.ask_admin(
            "PUT /api/v1/logs/levels HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer the-token\r\n"
            "Content-Type: application/json\r\nConnection: close\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body);
    }

    edge_under_test edge;
    std::map<std::string, std::string> levels;
};

}  // namespace

CO_TEST(log_levels, are_shown_and_set_by_module) {
    leveled_edge world;

    const auto set = co_await world.put(R"({"email":"debug","web":"ERROR"})");
    const auto shown = co_await world.edge.ask_admin(get("/api/v1/logs/levels", "Authorization: Bearer the-token\r\n"));
    co_await world.edge.stop();

    EXPECT_EQ(set.status, 200);
    EXPECT_EQ(json::parse(shown.body),
              json::parse(R"({"registration":"INFO","email":"DEBUG","web":"ERROR","bus":"DEBUG","app":"DEBUG"})"));
    EXPECT_EQ(world.edge.world.logs.level_of("web"), core::log_level::error);
}

CO_TEST(log_levels, are_all_right_or_none_is_set) {
    leveled_edge world;

    const auto wrong = co_await world.put(R"({"email":"DEBUG","registration":"loud","nobody":"INFO"})");
    const auto list = co_await world.put("[]");
    const auto away = co_await world.put(R"({"logging":"DEBUG"})");
    const auto anyone = co_await world.edge.ask_admin(get("/api/v1/logs/levels"));
    co_await world.edge.stop();

    EXPECT_EQ(wrong.status, 422);
    EXPECT_EQ(json::parse(wrong.body)["errors"].size(), 2U);
    EXPECT_EQ(world.levels["email"], "INFO");
    EXPECT_EQ(list.status, 422);
    EXPECT_EQ(away.status, 503);
    EXPECT_EQ(anyone.status, 401);
}

}  // namespace web::testing
