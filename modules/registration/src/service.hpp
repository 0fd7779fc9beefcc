#pragma once

#include <bus/module_context.hpp>
#include <registration/messages.hpp>
#include <registration/module.hpp>

#include "password_hasher.hpp"

namespace registration {

// What the module does, in its own terms.
class service {
public:
    service(const bus::module_context& context, const settings& settings, password_hasher& hasher)
        : context_{context}, settings_{settings}, hasher_{hasher} {}

    core::awaitable<core::result<registration_pending>> register_user(registration::register_user input,
                                                                      bus::call call);
    core::awaitable<core::result<bus::done>> confirm(registration::confirm input, bus::call call);
    core::awaitable<core::result<mail_link_answer>> make_mail_link(mail_link input, bus::call call);

private:
    const bus::module_context& context_;
    const settings& settings_;
    password_hasher& hasher_;
};

}  // namespace registration
