#pragma once

#include <bus/module_context.hpp>
#include <chrono>
#include <core/async.hpp>
#include <core/embedded_file.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace email {

// The schema of this module's database, in order.
[[nodiscard]] std::span<const core::embedded_file> migrations();

// The mail transfer agent: composes mails for what happens elsewhere, keeps them in a queue of its own and sends them.
//
// The constructor checks the settings and throws core::fatal_error (configuration) when one is wrong; it opens no
// connection. Loop thread. start() before the first message may come; stop() before the database and the loop end.
class module {
public:
    module(const bus::module_context& context, settings settings);
    module(const module&) = delete;
    module& operator=(const module&) = delete;
    ~module();

    // Registers the handlers, begins to send and, when settings.trap says so, to take mails by SMTP (core::fatal_error,
    // unavailable, when that port is taken). Mails that were under way when the process ended last are queued
    // again.
    void start();

    // Begins no mail any more, lets those that are being sent end within `limit` (then they are broken off, which takes
    // two seconds at most, and stay queued), closes the connections.
    core::awaitable<void> stop(std::chrono::milliseconds limit = std::chrono::seconds{8});

    // Why the servers that take no mail at present take none: mails wait for them, and all else goes on. For /readyz.
    [[nodiscard]] std::vector<std::string> servers_away() const;
    // Empty while all is well; else what fails in here. For /readyz.
    [[nodiscard]] std::string trouble() const;
    // Where mails are taken by SMTP; 0 when they are not.
    [[nodiscard]] std::uint16_t trap_port() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace email
