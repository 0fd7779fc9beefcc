#pragma once

#include <bus/module_context.hpp>
#include <registration/module.hpp>

#include "account_counters.hpp"
#include "password_hasher.hpp"
#include "sign_in_guard.hpp"

namespace registration {

// What all services of the module share; outlives them.
struct surroundings {
    const bus::module_context& context;
    const settings& options;
    password_hasher& hasher;
    sign_in_guard& guard;
    account_counters& counters;
};

}  // namespace registration
