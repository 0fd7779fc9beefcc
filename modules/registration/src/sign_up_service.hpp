#pragma once

#include <registration/messages.hpp>

#include "surroundings.hpp"
#include "users.hpp"

namespace registration {

// How an account begins, and how its owner gets back in. See sign_up.hpp.
class sign_up_service {
public:
    explicit sign_up_service(const surroundings& around) : around_{around} {}

    void answer();

private:
    core::awaitable<core::result<registration_pending>> register_user(registration::register_user input,
                                                                      bus::call call);
    core::awaitable<core::result<bus::done>> confirm(registration::confirm input, bus::call call);
    core::awaitable<core::result<bus::done>> resend(resend_confirmation input, bus::call call);
    core::awaitable<core::result<bus::done>> forgot(forgot_password input, bus::call call);
    core::awaitable<core::result<bus::done>> reset(reset_password input, bus::call call);
    core::awaitable<core::result<mail_link_answer>> make_mail_link(mail_link input, bus::call call);

    // For the user of the address, if there is one that may sign in; the same steps if there is none.
    core::awaitable<core::result<bus::done>> publish_if_asked_rarely(std::string address, bus::call call,
                                                                     void (*publish)(storage::transaction&,
                                                                                     const user&));
    sign_up_outcome add_or_tell_owner(storage::transaction& transaction, const user& fresh) const;

    const surroundings& around_;
};

}  // namespace registration
