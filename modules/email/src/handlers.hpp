#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/offload_pool.hpp>
#include <email/messages.hpp>
#include <email/settings.hpp>
#include <storage/deferred_index.hpp>

#include "delivery.hpp"
#include "send_rules.hpp"

namespace email {

// What the module answers. Loop thread.
class handlers {
public:
    handlers(const bus::module_context& context, const settings& settings, delivery& delivery,
             storage::deferred_index& words);

    // Tells the bus of all of them. Once, before the bus is started.
    void add();
    // Once the bus hands over no request any more.
    void stop() { checks_.stop(); }

private:
    core::awaitable<core::result<checked_mail>> checked(const send_email& request);
    core::awaitable<core::result<std::string>> composed(const message_content& content);
    core::awaitable<core::result<email_accepted>> send(send_email request, bus::call call);
    core::awaitable<core::result<email_accepted>> retry(retry_email request, bus::call call);
    core::awaitable<core::result<email_accepted>> release(release_email request, bus::call call);
    core::awaitable<core::result<email_view>> get(get_email request, bus::call call);
    core::awaitable<core::result<raw_email>> get_raw(get_raw_email request, bus::call call);
    core::awaitable<core::result<email_page>> search(search_emails request, bus::call call);

    bus::module_context context_;
    const settings& settings_;
    delivery& delivery_;
    storage::deferred_index& words_;
    core::offload_pool checks_;
};

}  // namespace email
