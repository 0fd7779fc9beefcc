#include <utility>

#include "import_lines.hpp"
#include "module_under_test.hpp"

namespace product::test {
namespace {

constexpr auto an_id = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr auto another_id = "01890a5d-ac96-774b-bcce-b302099a8058";

std::string line(std::string_view name, std::string_view price = "1", std::string_view id = "") {
    auto object = nlohmann::json{{"name", name}, {"description", ""}, {"price", price}};
    if (!id.empty()) object["id"] = id;
    return object.dump() + "\n";
}

// "created updated unchanged", or all errors.
std::string text_of(const core::result<imported_products>& done) {
    if (done)
        return std::to_string(done->created) + " " + std::to_string(done->updated) + " " +
               std::to_string(done->unchanged);
    std::string text;
    for (const auto& [field, detail] : done.error().fields) text += (text.empty() ? "" : "; ") + field + " " + detail;
    return text.empty() ? done.error().detail : text;
}

class importing_products : public module_under_test {
public:
    core::awaitable<std::string> import(std::string lines, bool check = false) {
        auto done = co_await request(import_products{std::move(lines), check});
        if (done) position = std::max(position, done->position.value_or(0));
        co_return text_of(done);
    }
};

}  // namespace

CO_TEST(product_import, makes_a_product_of_each_line_and_tells_of_it) {
    importing_products products;

    EXPECT_EQ(co_await products.import(line("cup") + "\n \t\r\n" + line("jug", "19.90") + line("lamp", "2", an_id)),
              "3 0 0");

    EXPECT_EQ(co_await products.names({.sort = "name"}), "cup jug lamp");
    EXPECT_EQ((co_await products.get(an_id)).value().price, "2");
    const auto events = products.published<product_created>();
    CO_ASSERT_TRUE(events.size() == 3);
    EXPECT_EQ(events[1].name, "jug");
    EXPECT_EQ(events[1].version, 1);
    EXPECT_EQ(events[2].product_id, an_id);
}

CO_TEST(product_import, changes_the_product_of_an_id_or_leaves_it_as_it_is) {
    importing_products products;
    const auto made = (co_await products.create("cup", "", "1")).value();
    const auto kept = (co_await products.create("jug", "", "1")).value();

    EXPECT_EQ(co_await products.import(line("mug", "1", made.id) + line("jug", "1", kept.id)), "0 1 1");
    EXPECT_EQ(co_await products.import(line("mug", "1", made.id) + line("jug", "1", kept.id)), "0 0 2");

    EXPECT_EQ((co_await products.get(made.id)).value().name, "mug");
    EXPECT_EQ((co_await products.get(made.id)).value().version, 2);
    EXPECT_EQ((co_await products.get(kept.id)).value(), kept.view());
    EXPECT_EQ(products.published<product_updated>().size(), 1U);
}

CO_TEST(product_import, takes_an_exported_product_and_does_not_look_at_its_version_and_times) {
    importing_products products;
    const auto made = (co_await products.create("cup")).value();
    auto exported = nlohmann::json::parse(bus::encode(made.view()));
    exported["version"] = 77;
    exported["created_at"] = "then";

    EXPECT_EQ(co_await products.import(exported.dump()), "0 0 1");
    EXPECT_EQ((co_await products.get(made.id)).value(), made.view());
}

CO_TEST(product_import, does_nothing_when_any_line_is_wrong_and_names_each) {
    importing_products products;

    const auto told = co_await products.import(line("cup") + line("", "x") + "{\n\n[1]\n" +
                                               R"({"name":"a","description":"b","price":1,"prize":2})" + "\n" +
                                               line("jug", "1", "P1") + line("a", "1", an_id) + line("b", "1", an_id));

    EXPECT_EQ(
        told,
        "line 2: name is required; line 2: price must be a decimal of at most 12 digits before the point and 2 "
        "behind it, such as \"19.90\"; line 3 is not JSON; line 5 must be an object; line 6: prize is not a known "
        "field; line 7: id must be the id of a product: a UUID of version 7, in lower case; line 9: id is that of "
        "line 8 too");
    EXPECT_EQ(products.count("products"), 0);
    EXPECT_TRUE(products.published<product_created>().empty());
}

CO_TEST(product_import, says_what_it_would_do_when_it_is_only_to_check) {
    importing_products products;
    const auto made = (co_await products.create("cup", "", "1")).value();

    EXPECT_EQ(co_await products.import(line("jug") + line("a", "1", an_id) + line("mug", "1", made.id), true), "2 1 0");
    EXPECT_EQ(co_await products.import(line("cup", "1", made.id), true), "0 0 1");
    EXPECT_EQ(co_await products.import("{", true), "line 1 is not JSON");

    EXPECT_EQ(co_await products.names({}), "cup");
}

CO_TEST(product_import, is_done_once_for_a_key) {
    importing_products products;
    const auto lines = line("cup") + line("jug");

    const auto first = (co_await products.request(import_products{lines}, "key")).value();
    const auto again = (co_await products.request(import_products{lines}, "key")).value();
    const auto other = co_await products.request(import_products{line("lamp")}, "key");

    EXPECT_FALSE(first.was_done_before);
    EXPECT_TRUE(again.was_done_before);
    EXPECT_EQ(again.created, 2);
    EXPECT_EQ(again.position, first.position);
    EXPECT_EQ(other.error().code, "idempotency-key-reused");
    EXPECT_EQ(products.count("products"), 2);
}

// A reader that remembers the deletion takes no version that it has heard of.
CO_TEST(product_import, brings_back_what_was_deleted) {
    importing_products products;
    co_await products.import(line("cup", "1", an_id));
    co_await products.write(patch_product{an_id, {{"name", "mug"}}});
    co_await products.remove(an_id);
    EXPECT_EQ(co_await products.names({}), "");

    EXPECT_EQ(co_await products.import(line("jug", "1", an_id)), "1 0 0");
    EXPECT_EQ(co_await products.names({}), "jug");
    co_await products.write(patch_product{an_id, {{"name", "lamp"}}});
    EXPECT_EQ(co_await products.names({}), "lamp");
}

CO_TEST(product_import, takes_500_lines_and_not_one_more) {
    importing_products products;
    std::string lines;
    for (int i = 0; i < 500; ++i) lines += line("cup") + "\n";

    EXPECT_EQ(co_await products.import(lines + line("jug")),
              "line 1001 is one more than the 500 that may come at once");
    EXPECT_EQ(co_await products.import(lines), "500 0 0");
    EXPECT_EQ(co_await products.import(""), "0 0 0");
}

TEST(import_lines, tell_no_more_than_ten_things_of_a_line) {
    nlohmann::json many;
    for (int i = 0; i < 100; ++i) many["field" + std::to_string(i)] = i;

    const auto lines = read_import(many.dump() + "\r\n" + line("cup", "1", another_id) + line("jug", "x"));

    ASSERT_FALSE(lines.has_value());
    EXPECT_EQ(lines.error().size(), 11U);
    EXPECT_EQ(lines.error().back().field, "line 3: price");
}

TEST(import_lines, survive_what_is_no_product) {
    for (const auto* text :
         {"\xff", "1e999", "\"", "null", "{}", "{\"id\":7}", "{\"name\":null}", "\xef\xbb\xbf", "[[[["})
        EXPECT_FALSE(read_import(text).has_value()) << text;
    EXPECT_FALSE(read_import(std::string(100'000, '[')).has_value());
    EXPECT_TRUE(read_import("\xef\xbb\xbf" + line("cup")).has_value());
}

}  // namespace product::test
