#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <email/messages.hpp>
#include <email/settings.hpp>
#include <registration/messages.hpp>
#include <string>

#include "mail.hpp"
#include "sender.hpp"
#include "templates.hpp"

namespace email {

// What the module answers and what it does when something happened elsewhere. Loop thread.
class handlers {
public:
    handlers(const bus::module_context& context, const settings& settings, sender& sender);

    // Tells the bus of all of them. Once, before the bus is started.
    void add();

private:
    core::awaitable<core::result<email_accepted>> send(send_email request, bus::call call);
    core::awaitable<core::result<email_view>> get(get_email request, bus::call call);
    core::awaitable<core::result<raw_email>> get_raw(get_raw_email request, bus::call call);
    core::awaitable<core::result<email_page>> search(search_emails request, bus::call call);

    core::awaitable<void> on_user_registered(const registration::user_registered& event, bus::delivery& delivery);
    core::awaitable<void> on_registration_repeated(const registration::registration_repeated& event,
                                                   bus::delivery& delivery);

    // With a link of registration's, which alone knows the token.
    core::awaitable<void> send_welcome(const std::string& user_id, const std::string& name, const std::string& address,
                                       bus::delivery& delivery);

    // From a template, to one person.
    [[nodiscard]] new_mail make_mail(const std::string& kind, const std::string& name, const std::string& address,
                                     template_values values);
    [[nodiscard]] message_content new_content() const;
    core::awaitable<void> enqueue(bus::delivery& delivery, new_mail mail);

    bus::module_context context_;
    const settings& settings_;
    sender& sender_;
    template_set templates_;
};

}  // namespace email
