#pragma once

#include <bus/module_context.hpp>
#include <chrono>
#include <optional>
#include <product/messages.hpp>
#include <storage/deferred_index.hpp>

#include "catalog_check.hpp"
#include "product_cache.hpp"

namespace product {

// The read side: makes its tables of the events of products, and answers questions from them. It knows nothing of the
// write side but its events, so it can stand in another file or process; all it needs is a context. Loop thread. stop()
// before the destructor.
class catalog {
public:
    // `memory`: how long a deletion is remembered after it.
    catalog(bus::module_context context, std::chrono::milliseconds memory);
    catalog(const catalog&) = delete;
    catalog& operator=(const catalog&) = delete;
    ~catalog() = default;

    void start() { words_.start(); }
    core::awaitable<void> stop() { return words_.stop(); }

private:
    core::awaitable<void> note_created(const product_created& event, bus::delivery& delivery);
    core::awaitable<void> note_updated(const product_updated& event, bus::delivery& delivery);
    core::awaitable<void> note_deleted(const product_deleted& event, bus::delivery& delivery);

    core::awaitable<core::result<product_view>> get(get_product input, bus::call call);
    core::awaitable<core::result<product_page>> search(search_products input, bus::call call);
    void note_change(const std::string& id);
    // Until what the asker has written is here.
    core::awaitable<core::result<void>> reach(std::optional<std::int64_t> position, core::monotonic_time deadline);

    bus::module_context context_;
    std::chrono::milliseconds memory_;
    product_cache cache_;
    storage::deferred_index words_;
    catalog_check check_;
};

}  // namespace product
