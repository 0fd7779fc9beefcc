#pragma once

#include <registration/messages.hpp>

#include "surroundings.hpp"

namespace registration {

// What operators do with the accounts of others. See administration.hpp.
class administration_service {
public:
    explicit administration_service(const surroundings& around) : around_{around} {}

    void answer();

private:
    core::awaitable<core::result<account_page>> search(search_users input, bus::call call);
    core::awaitable<core::result<bus::done>> disable(disable_user input, bus::call call);
    core::awaitable<core::result<bus::done>> enable(enable_user input, bus::call call);
    core::awaitable<core::result<bus::done>> end_all(end_sessions input, bus::call call);

    const surroundings& around_;
};

}  // namespace registration
