#pragma once

#include <registration/messages.hpp>

#include "sessions.hpp"
#include "surroundings.hpp"

namespace registration {

// Who is signed in. See sessions.hpp of the public headers.
class session_service {
public:
    explicit session_service(const surroundings& around)
        : around_{around}, lifetimes_{around.options.session_idle, around.options.session_lifetime} {}

    void answer();

private:
    core::awaitable<core::result<session_begun>> sign_in(registration::sign_in input, bus::call call);
    core::awaitable<core::result<session_begun>> try_to_sign_in(registration::sign_in input, bus::call call);
    core::awaitable<core::result<signed_in>> find(find_session input, bus::call call);
    core::awaitable<core::result<sessions_of_user>> list(list_sessions input, bus::call call);
    core::awaitable<core::result<bus::done>> end(end_session input, bus::call call);
    core::awaitable<core::result<session_begun>> begin(const std::string& user_id, const std::string& checked_hash,
                                                       std::string client, std::optional<std::string> new_hash,
                                                       bus::call call);

    const surroundings& around_;
    const sessions::lifetimes lifetimes_;
};

}  // namespace registration
