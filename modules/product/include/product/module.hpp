#pragma once

#include <bus/module_context.hpp>
#include <chrono>
#include <core/async.hpp>
#include <memory>

namespace product {

struct settings {
    // How long the catalogue remembers that a product was deleted: as long as an event about it may come again.
    std::chrono::milliseconds memory_of_deletions = std::chrono::days{7};
};

// Products: a write side that takes commands, and a catalogue made of its events that answers questions. See
// messages.hpp. Loop thread.
class module {
public:
    explicit module(const bus::module_context& context, const settings& settings = {});
    module(const module&) = delete;
    module& operator=(const module&) = delete;
    ~module();

    void start();
    // After the bus has stopped.
    core::awaitable<void> stop();

private:
    struct sides;
    std::unique_ptr<sides> sides_;
};

}  // namespace product
