#pragma once

#include <registration/messages.hpp>

#include "surroundings.hpp"
#include "users.hpp"

namespace registration {

// What people do with their own account. See accounts.hpp.
class account_service {
public:
    explicit account_service(const surroundings& around) : around_{around} {}

    void answer();

private:
    core::awaitable<core::result<user_view>> update(update_user input, bus::call call);
    core::awaitable<core::result<password_changed_answer>> change_password(registration::change_password input,
                                                                           bus::call call);
    core::awaitable<core::result<bus::done>> remove(delete_user input, bus::call call);
    // The user, when the password is the right one; else an error at `field`.
    core::awaitable<core::result<user>> check_owner(std::string user_id, std::string password, std::string field);

    const surroundings& around_;
};

}  // namespace registration
