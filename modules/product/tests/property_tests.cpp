#include <map>
#include <random>

#include "module_under_test.hpp"
#include "word_rows.hpp"

namespace product::test {
namespace {

// Some clients that write and read at random, with what the products must be by now.
class game {
public:
    explicit game(unsigned seed) : random_{seed} {}

    core::awaitable<void> play(int moves) {
        for (int i = 0; i < moves && !testing::Test::HasFailure(); ++i) {
            products_.world.clock.advance(std::chrono::milliseconds{1});
            products_.each_event = std::array{harness::redelivery::never, harness::redelivery::when_done,
                                              harness::redelivery::after_a_crash}
                                       .at(below(3));
            co_await move();
            if (below(3) == 0) co_await look();
            if (below(40) == 0)
                co_await products_.reopen(below(2) == 0 ? harness::ending::clean : harness::ending::killed);
        }
        co_await products_.finished();
        co_await compare_all();
    }

private:
    std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_); }

    // One that exists, or once in a while one that does not.
    std::string any_id() {
        if (model_.empty() || below(10) == 0) return gone_.empty() ? "none" : gone_[below(gone_.size())];
        return std::next(model_.begin(), static_cast<std::ptrdiff_t>(below(model_.size())))->first;
    }
    std::string any_name() { return std::array{"cup", "teapot", "lamp", "Crème", "green cup"}.at(below(5)); }
    std::string any_price() { return std::to_string(below(5)) + (below(2) == 0 ? "" : ".50"); }

    core::awaitable<void> move() {
        const auto what = below(10);
        if (what < 4) co_return co_await create();
        const auto id = any_id();
        const auto known = model_.find(id);
        const auto version = known == model_.end() ? 1 : known->second.version - (below(4) == 0 ? 1 : 0);
        const auto versions =
            below(2) == 0 ? std::optional<std::vector<std::int64_t>>{} : std::vector<std::int64_t>{version};
        const auto expected = known == model_.end() ? std::optional{core::error_kind::not_found}
                              : versions && version != known->second.version
                                  ? std::optional{core::error_kind::precondition_failed}
                                  : std::nullopt;
        if (what == 9)
            co_await remove(id, versions, expected);
        else if (what < 7)
            changed(co_await products_.write(update_product{id, any_name(), any_name(), any_price(), versions}),
                    expected);
        else
            changed(co_await products_.write(patch_product{id, {{"price", any_price()}}, versions}), expected);
    }

    core::awaitable<void> create() {
        const auto made = co_await products_.create(any_name(), any_name(), any_price());
        if (!made) {
            ADD_FAILURE() << made.error().detail;
            co_return;
        }
        EXPECT_EQ(made->version, 1);
        model_.emplace(made->id, made->view());
    }

    void changed(const core::result<written_product>& written, std::optional<core::error_kind> expected) {
        EXPECT_EQ(written ? std::nullopt : std::optional{written.error().kind}, expected);
        if (!written) return;
        auto& known = model_.at(written->id);
        const bool is_same =
            written->name == known.name && written->description == known.description && written->price == known.price;
        EXPECT_EQ(written->version, known.version + (is_same ? 0 : 1));
        EXPECT_EQ(written->created_at, known.created_at);
        known = written->view();
    }

    core::awaitable<void> remove(std::string id, std::optional<std::vector<std::int64_t>> versions,
                                 std::optional<core::error_kind> expected) {
        const auto removed = co_await products_.request(delete_product{id, std::move(versions)});
        EXPECT_EQ(removed ? std::nullopt : std::optional{removed.error().kind}, expected);
        if (!removed) co_return;
        products_.position = std::max(products_.position, removed->position);
        model_.erase(id);
        gone_.push_back(id);
    }

    // No read is older than what was written.
    core::awaitable<void> look() {
        const auto id = any_id();
        const auto read = co_await products_.get(id);
        EXPECT_EQ(read.has_value(), model_.contains(id));
        if (read && model_.contains(id)) EXPECT_EQ(*read, model_.at(id));
        const auto least = below(5);
        const auto found = co_await products_.search(
            {.search = "cup", .price_min = std::to_string(least), .sort = "-price", .size = 100});
        std::size_t wanted = 0;
        for (const auto& [_, one] : model_)
            if ((one.name + one.description).contains("cup") && std::stod(one.price) >= static_cast<double>(least))
                ++wanted;
        EXPECT_EQ(found.value().total_count, static_cast<std::int64_t>(wanted));
        EXPECT_EQ((co_await products_.search({})).value().total_count, static_cast<std::int64_t>(model_.size()));
    }

    core::awaitable<void> compare_all() {
        EXPECT_EQ(products_.count("products"), static_cast<std::int64_t>(model_.size()));
        EXPECT_EQ(products_.count("catalog"), static_cast<std::int64_t>(model_.size()));
        EXPECT_EQ(products_.count("parked"), 0);
        EXPECT_EQ(products_.count("products JOIN catalog USING (id, name, description, price, version, created_at, "
                                  "updated_at)"),
                  static_cast<std::int64_t>(model_.size()));
        std::ignore = co_await products_.search({.search = "cup"});  // so that all words are in the index
        // Throws when the words are not those of the table.
        co_await products_.database().write({}, [](storage::transaction& transaction) {
            const auto words = word_rows::searched(transaction);
            transaction.execute("INSERT INTO " + words + " (" + words + ", rank) VALUES ('integrity-check', 1)");
        });
    }

    std::mt19937 random_;
    module_under_test products_;
    std::map<std::string, product_view> model_;
    std::vector<std::string> gone_;
};

}  // namespace

CO_TEST(product_games, the_reader_is_never_behind_its_client_and_right_in_the_end) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        game game{seed};
        co_await game.play(120);
    }
}

}  // namespace product::test
