#pragma once

#include <core/email_address.hpp>
#include <core/error.hpp>
#include <expected>
#include <optional>
#include <registration/messages.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace registration {

// What breaks the rules, all of it. The code "too_common" when a password is among what attackers try first.
struct problems {
    std::vector<core::field_error> fields{};
    std::string code{};

    [[nodiscard]] bool empty() const noexcept { return fields.empty(); }
    [[nodiscard]] std::unexpected<core::error> as_error() &&;
};

// The one rule for each field, wherever it enters: each takes what was given, adds what is wrong under `field`, and
// returns what is kept.
[[nodiscard]] std::string check_name(std::string_view given, std::string_view field, problems& problems);
[[nodiscard]] std::optional<core::email_address> check_email(std::string_view given, std::string_view field,
                                                             problems& problems);
// The password in NFC, as all passwords are hashed: the same characters are the same password, however a keyboard
// makes them (RFC 8265, section 4.2.2). `email`: of its owner, when it is known.
[[nodiscard]] std::string check_password(std::string given, const core::email_address* email, std::string_view field,
                                         problems& problems);
// Bytes that are not UTF-8 stay as they are.
[[nodiscard]] std::string normalise_password(std::string given);

// A registration whose fields keep the rules.
struct valid_registration {
    std::string name;
    core::email_address email;
    std::string password;
};
[[nodiscard]] core::result<valid_registration> check(register_user input);

}  // namespace registration
