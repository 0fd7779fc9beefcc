#include "catalog.hpp"

#include <bus/delivery.hpp>
#include <functional>
#include <storage/full_text.hpp>
#include <utility>
#include <vector>

#include "catalog_rows.hpp"
#include "price.hpp"
#include "word_rows.hpp"

namespace product {
namespace {

constexpr auto handler_name = "catalog";
constexpr std::size_t events_at_a_time = 64;  // of different products: they share a commit
constexpr std::size_t cached_bytes = std::size_t{8} << 20;
constexpr std::int64_t largest_page = 1'000'000'000;
constexpr std::int64_t largest_size = 100;

template <class Event>
product_view view_of(const Event& event) {
    return {event.product_id, event.name,       event.description, event.price,
            event.version,    event.created_at, event.updated_at};
}

std::optional<std::int64_t> read_price(const char* field, const std::optional<std::string>& given,
                                       std::vector<core::field_error>& problems) {
    if (!given) return std::nullopt;
    const auto price = parse_price(*given);
    if (price) return cents_of(*price);
    problems.push_back({field, price.error()});
    return std::nullopt;
}

std::optional<catalog_rows::order> read_order(const search_products& input) {
    using enum catalog_rows::order;
    if (!input.sort) return input.search ? best_match : newest;
    if (*input.sort == "name") return name;
    if (*input.sort == "price") return price;
    if (*input.sort == "-price") return price_descending;
    if (*input.sort == "newest") return newest;
    return std::nullopt;
}

core::result<catalog_rows::filter> read_filter(const search_products& input) {
    std::vector<core::field_error> problems;
    catalog_rows::filter wanted;
    wanted.cents_min = read_price("price_min", input.price_min, problems);
    wanted.cents_max = read_price("price_max", input.price_max, problems);
    if (const auto order = read_order(input))
        wanted.by = *order;
    else
        problems.push_back({"sort", "must be name, price, -price or newest"});
    if (input.page < 1 || input.page > largest_page) problems.push_back({"page", "must be a whole number from 1"});
    if (input.size < 1 || input.size > largest_size)
        problems.push_back({"size", "must be a whole number from 1 to 100"});
    if (!problems.empty()) return core::invalid(std::move(problems));
    if (input.search) wanted.words = storage::match_all_words(*input.search);
    return wanted;
}

std::unexpected<core::error> not_yet() {
    return core::fail(core::error_kind::overloaded, "What was written last cannot be read yet; try again in a moment.");
}

}  // namespace

catalog::catalog(bus::module_context context, std::chrono::milliseconds memory)
    : context_{std::move(context)},
      memory_{memory},
      cache_{context_.runtime.metrics, cached_bytes},
      words_{context_.runtime, context_.database, context_.log, "words of products", &word_rows::index_some},
      check_{context_, std::bind_front(&catalog::note_change, this), words_, std::bind_front(&catalog::reach, this)} {
    context_.bus.on(handler_name, events_at_a_time)
        .event<product_created>(std::bind_front(&catalog::note_created, this))
        .event<product_updated>(std::bind_front(&catalog::note_updated, this))
        .event<product_deleted>(std::bind_front(&catalog::note_deleted, this));
    context_.bus.answer<get_product>(std::bind_front(&catalog::get, this));
    context_.bus.answer<search_products>(std::bind_front(&catalog::search, this));
}

core::awaitable<void> catalog::note_created(const product_created& event, bus::delivery& delivery) {
    co_await delivery.commit(
        [&event](storage::transaction& transaction) { catalog_rows::put(transaction, view_of(event)); });
    note_change(event.product_id);
}

core::awaitable<void> catalog::note_updated(const product_updated& event, bus::delivery& delivery) {
    co_await delivery.commit(
        [&event](storage::transaction& transaction) { catalog_rows::put(transaction, view_of(event)); });
    note_change(event.product_id);
}

core::awaitable<void> catalog::note_deleted(const product_deleted& event, bus::delivery& delivery) {
    co_await delivery.commit(
        [this, &event](storage::transaction& transaction) { catalog_rows::remove(transaction, event, memory_); });
    note_change(event.product_id);
}

void catalog::note_change(const std::string& id) {
    cache_.forget(id);
    words_.note_change();
}

core::awaitable<core::result<void>> catalog::reach(std::optional<std::int64_t> position,
                                                   core::monotonic_time deadline) {
    const auto source = bus::owner_of(product_created::message.name);
    if (position && !co_await context_.bus.wait_until_past(handler_name, std::string{source}, *position, deadline))
        co_return not_yet();
    co_return core::result<void>{};
}

core::awaitable<core::result<product_view>> catalog::get(get_product input, bus::call call) {
    if (auto reached = co_await reach(input.not_before, call.deadline); !reached)
        co_return std::unexpected{std::move(reached.error())};
    if (const auto* known = cache_.find(input.id)) co_return *known;
    auto found =
        context_.database.read([&input](storage::reader& reader) { return catalog_rows::find(reader, input.id); });
    if (!found) co_return core::fail(core::error_kind::not_found, "There is no such product.");
    co_return cache_.put(std::move(*found));
}

core::awaitable<core::result<product_page>> catalog::search(search_products input, bus::call call) {
    const auto wanted = read_filter(input);
    if (!wanted) co_return std::unexpected{wanted.error()};
    // What is no word is in no product.
    if (input.search && !wanted->words) co_return product_page{.page = input.page, .size = input.size};
    if (auto reached = co_await reach(input.not_before, call.deadline); !reached)
        co_return std::unexpected{std::move(reached.error())};
    if (wanted->words && !co_await words_.catch_up(call.deadline)) co_return not_yet();
    try {
        co_return co_await context_.database.search(
            [&](storage::reader& reader) { return catalog_rows::search(reader, *wanted, input.page, input.size); });
    } catch (const storage::error& failure) {
        if (failure.kind() == storage::failure::overloaded)
            co_return core::fail(core::error_kind::overloaded, "Too many searches are waiting; try again in a moment.");
        if (failure.kind() != storage::failure::damaged_index) throw;
    }
    co_await words_.start_over(&word_rows::start_over);
    co_return not_yet();
}

}  // namespace product
