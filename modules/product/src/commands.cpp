#include "commands.hpp"

#include <algorithm>
#include <bus/once.hpp>
#include <bus/publish.hpp>
#include <functional>
#include <storage/event_log.hpp>
#include <utility>

#include "changes.hpp"
#include "products.hpp"

namespace product {
namespace {

constexpr std::int64_t most_listed = 500;

// Looks in the transaction that is going to change it, so two who know the same version do not both succeed.
core::result<written_product> find_one_of(storage::transaction& transaction, const std::string& id,
                                          const std::optional<std::vector<std::int64_t>>& versions) {
    auto known = products::find(transaction, id);
    if (!known) return core::fail(core::error_kind::not_found, "There is no such product.");
    if (versions && std::ranges::find(*versions, known->version) == versions->end())
        return core::fail(core::error_kind::precondition_failed,
                          "The product has been changed meanwhile: it is at version " + std::to_string(known->version) +
                              ". Read it again.");
    return std::move(*known);
}

}  // namespace

commands::commands(bus::module_context context) : context_{std::move(context)} {
    context_.bus.answer<create_product>(std::bind_front(&commands::create, this));
    context_.bus.answer<update_product>(std::bind_front(&commands::update, this));
    context_.bus.answer<patch_product>(std::bind_front(&commands::patch, this));
    context_.bus.answer<delete_product>(std::bind_front(&commands::remove, this));
    context_.bus.answer<list_written>(std::bind_front(&commands::list, this));
}

core::awaitable<core::result<written_product>> commands::create(create_product input, bus::call call) {
    const auto checked = check({std::move(input.name), std::move(input.description), std::move(input.price)});
    if (!checked) co_return core::invalid(checked.error());
    written_product made{.id = context_.runtime.ids.next(),
                         .name = *checked->name,
                         .description = *checked->description,
                         .price = *checked->price};
    const auto asked = made.name + '\n' + made.description + '\n' + made.price;
    co_return co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
        return bus::once<written_product>(transaction, call, asked, [&]() -> core::result<written_product> {
            add(transaction, made);
            return made;
        });
    });
}

core::awaitable<core::result<written_product>> commands::update(update_product input, bus::call call) {
    auto checked = check({std::move(input.name), std::move(input.description), std::move(input.price)});
    if (!checked) co_return core::invalid(std::move(checked.error()));
    co_return co_await change(std::move(input.id), std::move(*checked), std::move(input.versions), std::move(call));
}

core::awaitable<core::result<written_product>> commands::patch(patch_product input, bus::call call) {
    auto checked = check_patch(input.patch);
    if (!checked) co_return core::invalid(std::move(checked.error()));
    co_return co_await change(std::move(input.id), std::move(*checked), std::move(input.versions), std::move(call));
}

core::awaitable<core::result<written_page>> commands::list(list_written input, bus::call) {
    if (input.size < 1 || input.size > most_listed)
        co_return core::invalid({{"size", "must be a whole number from 1 to 500"}});
    co_return co_await context_.database.search([&input](storage::reader& reader) {
        written_page page{.items = products::list(reader, input.after, input.size + 1),
                          .position = storage::last_sequence(reader)};
        page.has_more = std::ssize(page.items) > input.size;
        if (page.has_more) page.items.pop_back();
        return page;
    });
}

core::awaitable<core::result<written_product>> commands::change(std::string id, checked_fields fields, versions allowed,
                                                                bus::call call) {
    co_return co_await context_.database.write(call.from,
                                               [&](storage::transaction& transaction) -> core::result<written_product> {
                                                   auto product = find_one_of(transaction, id, allowed);
                                                   if (product)
                                                       std::ignore = product::change(transaction, fields, *product);
                                                   return product;
                                               });
}

core::awaitable<core::result<removed_product>> commands::remove(delete_product input, bus::call call) {
    co_return co_await context_.database.write(
        call.from, [&](storage::transaction& transaction) -> core::result<removed_product> {
            const auto product = find_one_of(transaction, input.id, input.versions);
            if (!product) return std::unexpected{product.error()};
            products::remove(transaction, product->id);
            return removed_product{
                bus::publish(transaction, product_deleted{product->id, product->version + 1, transaction.now()})};
        });
}

}  // namespace product
