#include <product/module.hpp>
#include <utility>

#include "catalog.hpp"
#include "commands.hpp"
#include "product_import.hpp"

namespace product {

// They share the context and nothing else.
struct module::sides {
    sides(const bus::module_context& context, const settings& settings)
        : written{context}, imported{context}, shown{context, settings.memory_of_deletions} {}

    commands written;
    product_import imported;
    catalog shown;
};

module::module(const bus::module_context& context,
               const settings& settings) :sides_{std::make_unique<sides>(context, settings)} {}

module::~module() = default;

void module::start() { sides_->shown.start(); }

core::awaitable<void> module::stop() { return sides_->shown.stop(); }

}  // namespace product
