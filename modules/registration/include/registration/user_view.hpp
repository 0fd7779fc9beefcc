#pragma once

#include <boost/describe/class.hpp>
#include <core/clock.hpp>
#include <string>

namespace registration {

// A user as the owner of the account sees it.
struct user_view {
    std::string id;
    std::string name;
    std::string email;
    bool confirmed = false;
    core::timestamp created_at{};
};
BOOST_DESCRIBE_STRUCT(user_view, (), (id, name, email, confirmed, created_at))

}  // namespace registration
