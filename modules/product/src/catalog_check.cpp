#include "catalog_check.hpp"

#include <algorithm>
#include <utility>

#include "catalog_rows.hpp"
#include "word_rows.hpp"

namespace product {
namespace {

constexpr std::int64_t products_at_a_time = 200;
constexpr int looks = 3;
constexpr std::chrono::milliseconds length_of_step{250};

}  // namespace

catalog_check::catalog_check(const bus::module_context& context, changed changed, storage::deferred_index& words,
                             reach reach)
    : context_{context}, changed_{std::move(changed)}, words_{words}, reach_{std::move(reach)} {
    context_.bus.asks<list_written>();
    context_.bus.answer<check_catalog>(std::bind_front(&catalog_check::check, this), 8);
    context_.bus.answer<rebuild_index>(std::bind_front(&catalog_check::rebuild, this));
    context_.bus.answer<get_index_progress>(std::bind_front(&catalog_check::progress, this));
}

core::awaitable<core::result<checked_catalog>> catalog_check::check(check_catalog input, bus::call call) {
    const auto end = context_.runtime.time.monotonic() + length_of_step;
    checked_catalog step{.next = std::move(input.after)};
    while (step.next && context_.runtime.time.monotonic() < end) {
        const auto after = *step.next;
        auto here = co_await read(after, call);
        if (!here) co_return std::unexpected{std::move(here.error())};
        auto found = co_await lasting(differences_of(here->written, here->shown), after, call);
        if (!found) co_return std::unexpected{std::move(found.error())};
        for (const auto& one : *found) step.wrong.push_back({one.id, one.describe()});
        if (input.repair && !found->empty()) co_await repair(*found);
        if (!input.repair)
            for (auto& one : co_await without_words(here->shown, call.deadline)) step.wrong.push_back(std::move(one));
        step.products += std::ssize(here->written);
        step.next = std::move(here->next);
    }
    co_return step;
}

// An event that is on its way while both sides are read makes a difference that is none.
core::awaitable<core::result<std::vector<catalog_difference>>> catalog_check::lasting(
    std::vector<catalog_difference> found, std::string after, bus::call call) {
    for (int look = 1; look < looks && !found.empty(); ++look) {
        auto again = co_await read(after, call);
        if (!again) co_return std::unexpected{std::move(again.error())};
        const auto now = differences_of(again->written, again->shown);
        std::erase_if(found, [&now](const auto& one) { return std::ranges::find(now, one) == now.end(); });
    }
    co_return found;
}

// The write side first: what it says is shown by then, since the catalogue is waited for.
core::awaitable<core::result<catalog_check::stretch>> catalog_check::read(std::string after, bus::call call) {
    auto written = co_await context_.bus.request(list_written{after, products_at_a_time}, call);
    if (!written) co_return std::unexpected{std::move(written.error())};
    if (auto reached = co_await reach_(written->position, call.deadline); !reached)
        co_return std::unexpected{std::move(reached.error())};
    stretch both{.written = std::move(written->items), .shown = co_await context_.database.search([&](auto& reader) {
                     return catalog_rows::list(reader, after, products_at_a_time + 1);
                 })};

    // Each side may hold what the other lacks, so they are compared up to where both were read.
    std::optional<std::string> last;
    if (written->has_more) last = both.written.back().id;
    if (std::ssize(both.shown) > products_at_a_time && (!last || both.shown.back().id < *last))
        last = both.shown.back().id;
    if (!last) co_return both;
    const auto is_behind = [&last](const product_view& one) { return one.id > *last; };
    std::erase_if(both.written, is_behind);
    std::erase_if(both.shown, is_behind);
    both.next = std::move(last);
    co_return both;
}

core::awaitable<void> catalog_check::repair(const std::vector<catalog_difference>& found) {
    co_await context_.database.write({}, [&found](storage::transaction& transaction) {
        for (const auto& one : found) {
            // An event that was handled since is newer than both.
            if (catalog_rows::find(transaction, one.id) != one.shown) continue;
            if (one.written)
                catalog_rows::overwrite(transaction, *one.written);
            else
                catalog_rows::erase(transaction, one.id);
        }
    });
    for (const auto& one : found) changed_(one.id);
}

core::awaitable<std::vector<wrong_product>> catalog_check::without_words(const std::vector<product_view>& products,
                                                                         core::monotonic_time deadline) {
    std::vector<wrong_product> found;
    if (!co_await words_.catch_up(deadline)) co_return found;
    co_await context_.database.search([&](storage::reader& reader) {
        for (const auto& one : products)
            if (catalog_rows::find(reader, one.id) == one && !catalog_rows::has_words(reader, one))
                found.push_back({one.id, "is not found by its words"});
        return 0;
    });
    co_return found;
}

core::awaitable<core::result<bus::done>> catalog_check::rebuild(rebuild_index, bus::call) {
    co_await context_.database.write({}, &word_rows::begin_anew);
    words_.work_at_once();
    co_return bus::done{};
}

core::awaitable<core::result<index_progress>> catalog_check::progress(get_index_progress, bus::call) {
    co_return co_await context_.database.search(&word_rows::progress);
}

}  // namespace product
