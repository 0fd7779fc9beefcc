#include <product/messages.hpp>

#include "browser.hpp"
#include "preconditions.hpp"

namespace web::testing {
namespace {

const std::string as_admin = "Authorization: Bearer the-token\r\n";
const std::string as_ada = "Authorization: Bearer ada-token\r\n";
constexpr std::string_view path = "/api/v1/products/p1";
constexpr std::string_view lamp = R"({"name":"Lamp","description":"","price":1})";

// What the module product would say, at a position of its log.
struct scripted_products {
    explicit scripted_products(bus::endpoint& bus) {
        bus.answer<product::create_product>(std::bind_front(&scripted_products::say<product::create_product>, this));
        bus.answer<product::update_product>(std::bind_front(&scripted_products::say<product::update_product>, this));
        bus.answer<product::patch_product>(std::bind_front(&scripted_products::say<product::patch_product>, this));
        bus.answer<product::delete_product>(std::bind_front(&scripted_products::say<product::delete_product>, this));
        bus.answer<product::get_product>(std::bind_front(&scripted_products::say<product::get_product>, this));
        bus.answer<product::search_products>(std::bind_front(&scripted_products::say<product::search_products>, this));
        bus.answer<product::list_written>(std::bind_front(&scripted_products::say<product::list_written>, this));
        bus.answer<product::import_products>(std::bind_front(&scripted_products::say<product::import_products>, this));
    }

    template <class Message>
    core::awaitable<core::result<bus::answer_of<Message>>> say(Message message, bus::call call) {
        key = std::move(call.idempotency_key);
        asked.push_back(bus::to_json(message));
        if (trouble) co_return std::unexpected{*trouble};
        bus::answer_of<Message> answer;
        if constexpr (requires { answer.id; }) {
            answer.id = "p1";
            answer.name = "Lamp";
            answer.price = "1";
            answer.version = 3;
        }
        if constexpr (requires { answer.position; }) answer.position = position;
        if constexpr (std::is_same_v<Message, product::list_written>) {
            answer.items = {{.id = "p1", .name = "Lamp", .description = "", .price = "1"},
                            {.id = "p 2", .name = "Jug\n", .description = "", .price = "2"}};
            answer.has_more = message.after.empty();
        }
        co_return answer;
    }

    std::vector<nlohmann::ordered_json> asked;
    std::string key;  // of the last one
    std::int64_t position = 7;
    std::optional<core::error> trouble;
};

std::string send(std::string_view method, std::string_view target, std::string_view body,
                 const std::string& headers = as_admin, std::string_view type = json_type) {
    return std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
           "Content-Type: " + std::string{type} + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + std::string{body};
}

std::vector<std::string> fields_of(const answer& answer) {
    std::vector<std::string> fields;
    for (const auto& one : nlohmann::json::parse(answer.body).value("errors", nlohmann::json::array()))
        fields.push_back(one.at("field"));
    return fields;
}

}  // namespace

CO_TEST(product_routes, change_replace_and_delete) {
    edge_under_test edge;
    scripted_products products{edge.bus};

    const auto replaced = co_await edge.ask(send("PUT", path, lamp));
    const auto patched = co_await edge.ask(
        send("PATCH", path, R"({"price":"2"})", as_admin, "application/merge-patch+json; charset=utf-8"));
    const auto removed = co_await edge.ask(send("DELETE", path, ""));

    EXPECT_EQ(replaced.status, 200);
    EXPECT_EQ(replaced.header("etag"), "\"3\"");
    const auto shown = nlohmann::json::parse(replaced.body);
    EXPECT_EQ(shown.size(), 7U) << shown;
    EXPECT_FALSE(shown.contains("position"));
    EXPECT_EQ(patched.status, 200);
    EXPECT_EQ(removed.status, 204);
    CO_ASSERT_TRUE(products.asked.size() == 3);
    EXPECT_EQ(products.asked[0].dump(), R"({"id":"p1","name":"Lamp","description":"","price":1,"versions":null})");
    EXPECT_EQ(products.asked[1].dump(), R"({"id":"p1","patch":{"price":"2"},"versions":null})");
    EXPECT_EQ(products.asked[2].dump(), R"({"id":"p1","versions":null})");
    co_await edge.stop();
}

// S3-12: the path alone says whose it is.
CO_TEST(product_routes, S3_12_a_body_that_names_another_product_is_refused) {
    edge_under_test edge;
    scripted_products products{edge.bus};

    const auto answer =
        co_await edge.ask(send("PUT", path, R"({"id":"p2","versions":[1],"name":"Lamp","description":"","price":0})"));

    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(fields_of(answer), (std::vector<std::string>{"id", "versions"}));
    EXPECT_TRUE(products.asked.empty());
    EXPECT_EQ((co_await edge.ask(send("PATCH", path, "{}", as_admin, "text/plain"))).status, 415);
    co_await edge.stop();
}

CO_TEST(product_routes, are_for_users_and_for_the_admin_on_either_listener) {
    edge_under_test edge;
    const scripted_products products{edge.bus};

    for (const auto* method : {"PUT", "PATCH", "DELETE"}) {
        EXPECT_LT((co_await edge.ask(send(method, path, lamp, as_ada))).status, 300) << method;
        EXPECT_LT((co_await edge.ask(send(method, path, lamp, as_admin))).status, 300) << method;
        EXPECT_LT((co_await edge.ask_admin(send(method, path, lamp, as_admin))).status, 300) << method;
        EXPECT_EQ((co_await edge.ask(send(method, path, lamp, ""))).status, 401) << method;
        EXPECT_EQ((co_await edge.ask_admin(send(method, path, lamp, ""))).status, 401) << method;
        EXPECT_EQ((co_await edge.ask_admin(send(method, path, lamp, as_ada))).status, 401) << method;
        EXPECT_EQ((co_await edge.ask(send(method, path, lamp, as_ada + "Origin: https://evil.example\r\n"))).status,
                  403)
            << method;
    }
    EXPECT_EQ((co_await edge.ask(send("POST", "/api/v1/products", lamp, as_ada))).status, 201);
    co_await edge.stop();
}

CO_TEST(product_routes, with_a_cookie_need_the_token_of_a_form) {
    edge_under_test edge;
    const scripted_products products{edge.bus};
    browser person{edge};
    person.sign_in();

    EXPECT_EQ((co_await edge.ask(send("PUT", path, lamp, person.fields()))).status, 403);
    EXPECT_EQ((co_await edge.ask(send("DELETE", path, "", person.fields()))).status, 403);
    co_await edge.stop();
}

CO_TEST(product_routes, take_If_Match) {
    edge_under_test edge;
    scripted_products products{edge.bus};

    co_await edge.ask(send("PUT", path, lamp, as_admin + "If-Match: \"3\", \"4\"\r\n"));
    co_await edge.ask(send("PATCH", path, "{}", as_admin + "If-Match: *\r\n"));
    co_await edge.ask(send("DELETE", path, "", as_admin + "If-Match: W/\"3\"\r\n"));
    CO_ASSERT_TRUE(products.asked.size() == 3);
    products.trouble = core::error{core::error_kind::precondition_failed, "It was changed."};
    const auto refused = co_await edge.ask(send("PUT", path, lamp, as_admin + "If-Match: \"2\"\r\n"));

    EXPECT_EQ(products.asked[0]["versions"].dump(), "[3,4]");
    EXPECT_TRUE(products.asked[1]["versions"].is_null());
    EXPECT_EQ(products.asked[2]["versions"].dump(), "[]");
    EXPECT_EQ(refused.status, 412);
    co_await edge.stop();
}

// S3-11: each parameter is what it says.
CO_TEST(product_routes, S3_11_lists_hand_on_what_is_asked) {
    edge_under_test edge;
    scripted_products products{edge.bus};

    const auto found =
        co_await edge.ask(get("/api/v1/products?search=red+lamp&price_min=1&price_max=9.90&sort=-price&page=2&size=5"));
    const auto all = co_await edge.ask(get("/api/v1/products?search="));

    EXPECT_EQ(found.status, 200);
    CO_ASSERT_TRUE(products.asked.size() == 2);
    EXPECT_EQ(
        products.asked[0].dump(),
        R"({"search":"red lamp","price_min":"1","price_max":"9.90","sort":"-price","page":2,"size":5,"not_before":null})");
    EXPECT_TRUE(products.asked[1]["search"].is_null());
    EXPECT_EQ(all.body, R"({"items":[],"page":1,"size":10,"total_count":0,"total_pages":0,"has_more":false})");
    EXPECT_EQ((co_await edge.ask(get("/api/v1/products?size=0"))).status, 422);
    co_await edge.stop();
}

CO_TEST(product_routes, export_lines_by_pages_that_say_where_the_next_is) {
    edge_under_test edge;
    scripted_products products{edge.bus};

    const auto first = co_await edge.ask_admin(get("/api/v1/products/export?size=2", as_admin));
    const auto second = co_await edge.ask_admin(get("/api/v1/products/export?after=p%202", as_admin));

    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(first.header("content-type"), "application/jsonl");
    EXPECT_EQ(first.header("link"), "</api/v1/products/export?after=p%202&size=2>; rel=\"next\"");
    EXPECT_EQ(std::ranges::count(first.body, '\n'), 2);
    EXPECT_EQ(nlohmann::json::parse(first.body.substr(0, first.body.find('\n'))).size(), 7U);
    EXPECT_EQ(second.header("link"), "");
    CO_ASSERT_TRUE(products.asked.size() == 2);
    EXPECT_EQ(products.asked[0].dump(), R"({"after":"","size":2})");
    EXPECT_EQ(products.asked[1].dump(), R"({"after":"p 2","size":500})");
    co_await edge.stop();
}

CO_TEST(product_routes, export_is_for_the_admin_on_his_listener_alone) {
    edge_under_test edge;
    const scripted_products products{edge.bus};

    EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/products/export"))).status, 401);
    EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/products/export", as_ada))).status, 401);
    EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/products/export?size=501", as_admin))).status, 422);
    const auto elsewhere = co_await edge.ask(get("/api/v1/products/export", as_admin));
    EXPECT_EQ(nlohmann::json::parse(elsewhere.body)["id"], "p1");  // a product of that id, if there were one
    co_await edge.stop();
}

CO_TEST(product_routes, import_hands_on_the_lines_as_they_are) {
    edge_under_test edge;
    scripted_products products{edge.bus};
    constexpr std::string_view import = "/api/v1/product-imports";
    const auto keyed = as_admin + "Idempotency-Key: k\r\n";

    const auto done = co_await edge.ask_admin(send("POST", import, "{}\n[", keyed, "application/jsonl"));
    const auto checked = co_await edge.ask_admin(
        send("POST", "/api/v1/product-imports?check=true", "{}", as_admin, "application/jsonl"));

    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.body, R"({"created":0,"updated":0,"unchanged":0,"was_done_before":false})");
    EXPECT_EQ(checked.status, 200);
    CO_ASSERT_TRUE(products.asked.size() == 2);
    EXPECT_EQ(products.asked[0].dump(), R"({"lines":"{}\n[","check":false})");
    EXPECT_EQ(products.asked[1]["check"], true);
    EXPECT_EQ(products.key, "");
    co_await edge.ask_admin(send("POST", import, "{}", keyed, "application/jsonl"));
    EXPECT_EQ(products.key, "product.import admin k");
    co_await edge.ask_admin(get("/api/v1/products"));
    EXPECT_EQ(products.asked.back()["not_before"], 7);
    co_await edge.stop();
}

// Else those who read would wait for all that an import is ahead of the catalogue.
CO_TEST(product_routes, import_goes_on_when_readers_have_all_but_1000_events_of_what_was_imported_before) {
    edge_under_test edge;
    scripted_products products{edge.bus};
    products.position = 1007;
    const auto import = send("POST", "/api/v1/product-imports", "{}", as_admin, "application/jsonl");

    co_await edge.ask_admin(import);
    co_await edge.ask_admin(import);
    products.trouble = core::error{core::error_kind::overloaded, "Not yet."};
    const auto refused = co_await edge.ask_admin(import);

    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    CO_ASSERT_TRUE(products.asked.size() == 4);
    EXPECT_TRUE(products.asked[0].contains("lines"));
    EXPECT_EQ(products.asked[1].dump(), R"({"id":"","not_before":7})");
    EXPECT_TRUE(products.asked[2].contains("lines"));
    EXPECT_FALSE(products.asked[3].contains("lines"));
    co_await edge.stop();
}

CO_TEST(product_routes, import_is_for_the_admin_and_takes_nothing_but_json_lines) {
    edge_under_test edge;
    scripted_products products{edge.bus};
    constexpr std::string_view import = "/api/v1/product-imports";
    constexpr std::string_view lines = "application/jsonl";

    EXPECT_EQ((co_await edge.ask_admin(send("POST", import, "{}", "", lines))).status, 401);
    EXPECT_EQ((co_await edge.ask_admin(send("POST", import, "{}", as_ada, lines))).status, 401);
    EXPECT_EQ((co_await edge.ask(send("POST", import, "{}", as_admin, lines))).status, 404);
    EXPECT_EQ((co_await edge.ask_admin(send("POST", import, "{}", as_admin, "text/plain"))).status, 415);
    EXPECT_EQ((co_await edge.ask_admin(send("POST", import, "{}"))).status, 415);
    EXPECT_EQ((co_await edge.ask_admin(send("POST", "/api/v1/product-imports?check=1", "{}", as_admin, lines))).status,
              422);
    const auto broken = co_await edge.ask_admin(send("POST", import, "{}\n\n\xff\n", as_admin, lines));
    EXPECT_EQ(broken.status, 422);
    EXPECT_EQ(fields_of(broken), std::vector<std::string>{"line 3"});
    EXPECT_EQ(
        (co_await edge.ask_admin(send("POST", import, std::string(1024 * 1024 + 1, ' '), as_admin, lines))).status,
        413);
    EXPECT_TRUE(products.asked.empty());
    co_await edge.stop();
}

// S3-37: whatever this edge has said to be written, it reads.
CO_TEST(product_routes, S3_37_read_nothing_older_than_what_was_written_here) {
    for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"}) {
        edge_under_test edge;
        scripted_products products{edge.bus};
        const std::string_view target = method == std::string_view{"POST"} ? "/api/v1/products" : path;

        co_await edge.ask(get(std::string{path}));
        co_await edge.ask(send(method, target, lamp));
        co_await edge.ask(get(std::string{path}));
        co_await edge.ask_admin(get("/api/v1/products"));

        CO_ASSERT_TRUE(products.asked.size() == 4);
        EXPECT_TRUE(products.asked[0]["not_before"].is_null());
        EXPECT_EQ(products.asked[2]["not_before"], 7);
        EXPECT_EQ(products.asked[3]["not_before"], 7);
        products.trouble = core::error{core::error_kind::overloaded, "Not yet."};
        const auto late = co_await edge.ask(get(std::string{path}));
        EXPECT_EQ(late.status, 503);
        EXPECT_EQ(late.header("retry-after"), "1");
        co_await edge.stop();
    }
}

TEST(preconditions, know_their_own_tags_alone) {
    const auto read = [](std::string_view value) {
        request request;
        request.fields.push_back({"If-Match", value});
        return versions_to_match(request);
    };
    using versions = std::vector<std::int64_t>;

    EXPECT_EQ(versions_to_match(request{}), std::nullopt);
    EXPECT_EQ(read("*"), std::nullopt);
    EXPECT_EQ(read("\"1\""), versions{1});
    EXPECT_EQ(read(" \"1\" ,, \"22\","), (versions{1, 22}));
    EXPECT_EQ(read("\"a,\\\"b\", \"3\""), versions{3});
    for (const auto* none :
         {"", "1", "\"\"", "W/\"1\"", "\"01\"", "\"+1\"", "\"1", "\"x\"", "\",*,\"", "\"99999999999999999999\""})
        EXPECT_EQ(read(none), versions{}) << none;
}

}  // namespace web::testing
