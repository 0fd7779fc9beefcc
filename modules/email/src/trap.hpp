#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/offload_pool.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <storage/deferred_index.hpp>

#include "outcome_counters.hpp"
#include "smtp_routes.hpp"
#include "trap_listener.hpp"

namespace email {

// A mail server for programs on this machine that sends nothing: what it gets is kept as a captured mail. Loop thread.
// Settings and context outlive it.
class trap {
public:
    trap(const bus::module_context& context, const settings& settings, storage::deferred_index& words,
         listen_address address);

    void start() { listener_.start(); }
    core::awaitable<void> stop();

    [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }

private:
    core::awaitable<bool> keep(const trapped_mail& mail);

    bus::module_context context_;
    const settings& settings_;
    storage::deferred_index& words_;
    const smtp_routes nowhere_;
    outcome_counters counters_;
    core::offload_pool readers_;
    trap_listener listener_;
};

}  // namespace email
