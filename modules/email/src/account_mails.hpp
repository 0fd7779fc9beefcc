#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <email/settings.hpp>
#include <registration/messages.hpp>
#include <storage/deferred_index.hpp>
#include <string>
#include <string_view>

#include "delivery.hpp"
#include "mail.hpp"
#include "templates.hpp"

namespace email {

// Where links in mails lead that are no secret.
[[nodiscard]] template_values pages_for_people(const settings& settings);

// The mails that people get about their accounts, one for each event that is for their eyes. Loop thread.
class account_mails {
public:
    account_mails(const bus::module_context& context, const settings& settings, delivery& delivery,
                  storage::deferred_index& words);

    // Tells the bus of the handlers. Once, before the bus is started.
    void add();

private:
    // To whom, and what the template is called.
    struct letter {
        std::string kind;
        std::string name;
        std::string address;
    };

    core::awaitable<void> registered(const registration::user_registered& event, bus::delivery& delivery);
    core::awaitable<void> repeated(const registration::registration_repeated& event, bus::delivery& delivery);
    core::awaitable<void> confirmation_wanted(const registration::confirmation_requested& event,
                                              bus::delivery& delivery);
    core::awaitable<void> reset_wanted(const registration::password_reset_requested& event, bus::delivery& delivery);
    core::awaitable<void> password_changed(const registration::password_changed& event, bus::delivery& delivery);
    core::awaitable<void> new_address_wanted(const registration::address_change_requested& event,
                                             bus::delivery& delivery);
    core::awaitable<void> address_changed(const registration::address_changed& event, bus::delivery& delivery);
    core::awaitable<void> deleted(const registration::user_deleted& event, bus::delivery& delivery);

    // With a link of registration's, which alone knows the token. Nothing is sent when there is nothing to do with it
    // any more.
    core::awaitable<void> send_link(letter to, std::string user_id, std::string_view purpose, bus::delivery& delivery);
    // `login_link` and `forgot_link` are known to every template.
    core::awaitable<void> send(letter to, bus::delivery& delivery);
    [[nodiscard]] new_mail make_mail(const letter& to, template_values values);
    core::awaitable<void> enqueue(bus::delivery& delivery, new_mail mail);

    bus::module_context context_;
    const settings& settings_;
    delivery& delivery_;
    storage::deferred_index& words_;
    template_set templates_;
};

}  // namespace email
