#include "product_import.hpp"

#include <bus/once.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "changes.hpp"
#include "import_lines.hpp"
#include "products.hpp"

namespace product {
namespace {

written_product made_of(const imported_line& line, std::string id) {
    return {.id = std::move(id),
            .name = *line.fields.name,
            .description = *line.fields.description,
            .price = *line.fields.price};
}

// What would be done, so for people who want to know beforehand.
imported_products foresee(storage::reader& reader, const std::vector<imported_line>& lines) {
    imported_products foreseen;
    for (const auto& line : lines) {
        const auto known = line.id ? products::find(reader, *line.id) : std::nullopt;
        if (!known)
            ++foreseen.created;
        else if (is_like(*known, line.fields))
            ++foreseen.unchanged;
        else
            ++foreseen.updated;
    }
    return foreseen;
}

imported_products put(storage::transaction& transaction, const std::vector<imported_line>& lines,
                      core::uuid_generator& ids) {
    imported_products done;
    const auto note = [&done](std::int64_t& count, const written_product& product) {
        ++count;
        done.position = product.position;
    };
    for (const auto& line : lines) {
        auto known = line.id ? products::find(transaction, *line.id) : std::nullopt;
        if (!known) {
            auto made = made_of(line, line.id ? *line.id : ids.next());
            if (line.id)
                add_again(transaction, made);
            else
                add(transaction, made);
            note(done.created, made);
        } else if (change(transaction, line.fields, *known)) {
            note(done.updated, *known);
        } else {
            ++done.unchanged;
        }
    }
    return done;
}

}  // namespace

product_import::product_import(bus::module_context context) : context_{std::move(context)} {
    context_.bus.answer<import_products>(std::bind_front(&product_import::take, this));
}

core::awaitable<core::result<imported_products>> product_import::take(import_products input, bus::call call) {
    using outcome = core::result<imported_products>;
    std::expected<std::vector<imported_line>, field_errors> lines;
    imported_products foreseen;
    try {
        // To read that many takes milliseconds, which the loop has not.
        foreseen = co_await context_.database.search([&](storage::reader& reader) {
            lines = read_import(input.lines);
            return lines && input.check ? foresee(reader, *lines) : imported_products{};
        });
    } catch (const storage::error& failure) {
        if (failure.kind() != storage::failure::overloaded) throw;
        co_return core::fail(core::error_kind::overloaded, "Too many searches are waiting; try again in a moment.");
    }
    if (!lines) co_return core::invalid(std::move(lines.error()));
    if (input.check) co_return foreseen;
    co_return co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
        bool is_first = false;
        auto done = bus::once<imported_products>(transaction, call, input.lines, [&]() -> outcome {
            is_first = true;
            return put(transaction, *lines, context_.runtime.ids);
        });
        if (done) done->was_done_before = !is_first;
        return done;
    });
}

}  // namespace product
