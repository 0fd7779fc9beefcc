#pragma once

// What the module registration says and answers. No password and no token is ever in an event.

#include <registration/accounts.hpp>
#include <registration/administration.hpp>
#include <registration/events.hpp>
#include <registration/sessions.hpp>
#include <registration/sign_up.hpp>
