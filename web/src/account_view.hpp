#pragma once

#include <optional>
#include <registration/sessions.hpp>
#include <string_view>
#include <web/request.hpp>

#include "forms.hpp"

// What is on the page of an account.
namespace web {

// Where its forms are sent to.
namespace account_forms {
inline constexpr std::string_view name = "/account/name";
inline constexpr std::string_view address = "/account/address";
inline constexpr std::string_view password = "/account/password";
inline constexpr std::string_view remove = "/account/delete";
}  // namespace account_forms

// The form that came back, and why.
struct failed_form {
    std::string_view action;
    parameters typed{};
    form_trouble trouble{};
};

[[nodiscard]] page_data account_data(const pages& pages, const session& session,
                                     const registration::sessions_of_user& sessions, const form_guard::ticket& ticket,
                                     std::string_view notice, const std::optional<failed_form>& failed);

}  // namespace web
