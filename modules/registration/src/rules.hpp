#pragma once

#include <core/email_address.hpp>
#include <core/error.hpp>
#include <expected>
#include <registration/messages.hpp>
#include <string>
#include <vector>

namespace registration {

// A registration whose fields keep the rules.
struct valid_registration {
    std::string name;
    core::email_address email;
    std::string password;
};

// The one rule for each field, wherever it enters. All that is wrong is told at once.
[[nodiscard]] std::expected<valid_registration, std::vector<core::field_error>> check(register_user input);

}  // namespace registration
