#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/task_group.hpp>
#include <email/settings.hpp>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "capture.hpp"
#include "dkim_signer.hpp"
#include "queue_gauges.hpp"
#include "sender.hpp"
#include "smtp_routes.hpp"

namespace email {

// All that takes mails out of the queue: a sender for each server, with connections and a breaker of its own, so that
// none waits for another, and the capture of what goes to none; with chaos a sender does that too, since such mails
// have attempts. Loop thread. Settings and context outlive it.
class delivery {
public:
    // Throws core::fatal_error (configuration) when mails are to be signed and the key cannot do it.
    delivery(const bus::module_context& context, const settings& settings);

    [[nodiscard]] const smtp_routes& routes() const noexcept { return routes_; }

    void start();
    // A mail was queued, or a queued one is to go out.
    void wake();
    // Nothing when none of the senders works its line.
    [[nodiscard]] sender* sender_of(const std::string& server);
    // See module::stop().
    core::awaitable<void> stop(std::chrono::milliseconds limit);

    // See module.
    [[nodiscard]] std::vector<std::string> servers_away() const;
    [[nodiscard]] std::string trouble() const;

private:
    core::awaitable<void> begin();
    void add_sender(const std::string& name, const smtp_server* server, carrier_maker make_carrier);

    bus::module_context context_;
    const settings& settings_;
    const smtp_routes routes_;
    const std::optional<dkim_signer> signer_;
    std::list<sender> senders_;
    queue_gauges gauges_;
    capture capture_;
    core::task_group tasks_;
};

}  // namespace email
