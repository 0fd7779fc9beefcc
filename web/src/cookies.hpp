#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <web/request.hpp>
#include <web/response.hpp>

// The cookies that the edge sets. All are of this host alone, sent over TLS or to this machine, and out of reach of
// scripts.
namespace web {

inline constexpr std::string_view session_cookie = "__Host-busbar_session";
inline constexpr std::string_view console_cookie = "__Host-busbar_console";
inline constexpr std::string_view form_cookie = "__Host-busbar_form";
inline constexpr std::string_view notice_cookie = "__Host-busbar_notice";

// What can be a token of a session: anything else need not be asked about.
[[nodiscard]] bool is_possible_token(std::string_view token);
// Empty when there is none.
[[nodiscard]] std::string_view session_token_in_cookie(const request& request);

// Whether a browser sends it along when somebody follows a link from another site.
enum class same_site { lax, strict };

// Until the browser is closed.
void set_cookie(response& answer, std::string_view name, std::string_view value, same_site links = same_site::lax);
void drop_cookie(response& answer, std::string_view name, same_site links = same_site::lax);

// A sentence for the next page that shows one: what was done is said once, behind the redirect.
enum class notice {
    confirmed,
    password_reset,
    signed_out,
    deleted,
    name_changed,
    address_asked,
    password_changed,
    session_ended,
    product_created,
    product_saved,
    product_deleted
};
void leave_notice(response& answer, notice what);
// Forgets it with `answer`; empty when there is none.
[[nodiscard]] std::string_view notice_for(const request& request);
void take_notice(response& answer, const request& request);

}  // namespace web
