#pragma once

#include <bus/module_context.hpp>
#include <core/error.hpp>
#include <functional>
#include <product/messages.hpp>
#include <storage/deferred_index.hpp>
#include <string>
#include <vector>

#include "catalog_difference.hpp"

namespace product {

// Walks over all products and compares what readers are shown with what the write side says, which it asks over the
// bus; puts it right, and makes the index of words anew, if that is wanted. Readers and writers go on meanwhile. Loop
// thread.
class catalog_check {
public:
    // Returns when the catalogue is past a position.
    using reach = std::function<core::awaitable<core::result<void>>(std::optional<std::int64_t> position,
                                                                    core::monotonic_time deadline)>;

    // Called for each product that was put right.
    using changed = std::function<void(const std::string& id)>;

    catalog_check(const bus::module_context& context, changed changed, storage::deferred_index& words, reach reach);
    catalog_check(const catalog_check&) = delete;
    catalog_check& operator=(const catalog_check&) = delete;
    ~catalog_check() = default;

private:
    // Of both sides, from the product behind a place on to the same place.
    struct stretch {
        std::vector<product_view> written;
        std::vector<product_view> shown;
        std::optional<std::string> next{};
    };

    core::awaitable<core::result<checked_catalog>> check(check_catalog input, bus::call call);
    core::awaitable<core::result<bus::done>> rebuild(rebuild_index input, bus::call call);
    core::awaitable<core::result<index_progress>> progress(get_index_progress input, bus::call call);

    core::awaitable<core::result<stretch>> read(std::string after, bus::call call);
    // What is still wrong after having looked again.
    core::awaitable<core::result<std::vector<catalog_difference>>> lasting(std::vector<catalog_difference> found,
                                                                           std::string after, bus::call call);
    core::awaitable<void> repair(const std::vector<catalog_difference>& found);
    core::awaitable<std::vector<wrong_product>> without_words(const std::vector<product_view>& products,
                                                              core::monotonic_time deadline);

    bus::module_context context_;
    changed changed_;
    storage::deferred_index& words_;
    reach reach_;
};

}  // namespace product
