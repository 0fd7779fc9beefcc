#include <web/router.hpp>

#include "cookies.hpp"
#include "origin.hpp"
#include "text.hpp"

// Who may: the part of the router that looks at tokens.
namespace web {
namespace {

struct session_token {
    std::string_view value{};
    bool by_cookie = false;
};

std::string_view bearer_token(const request& request) {
    constexpr std::string_view scheme = "bearer ";
    const auto value = request.header("authorization");
    return equals_ignoring_case(value.substr(0, scheme.size()), scheme) ? trim(value.substr(scheme.size()))
                                                                        : std::string_view{};
}

// Who sends Authorization means it: a cookie that comes along does not mend a wrong token. The admin token is nobody's
// session, and does not leave this process.
session_token session_token_of(const request& request) {
    if (request.is_admin) return {};
    const auto bearer = bearer_token(request);
    if (bearer.empty()) return {session_token_in_cookie(request), true};
    return {is_possible_token(bearer) ? bearer : std::string_view{}};
}

bool needs_session(const request& request, const route& target) {
    return target.options.who == access::user || (target.options.who == access::user_or_admin && !request.is_admin);
}

core::awaitable<std::optional<std::string>> no_more() { co_return std::nullopt; }

response unauthenticated(std::string detail) {
    return problem(401, std::move(detail)).with("WWW-Authenticate", "Bearer");
}

// A person is led to the form, and back to the page afterwards; what was posted is lost, so a post leads nowhere.
response not_signed_in(const request& request) {
    if (request.path.starts_with("/api/"))
        return unauthenticated("This needs a session: sign in, and send Authorization: Bearer …");
    std::string form = "/login";
    if (is_safe_method(request.method) && is_local_path(request.target))
        form += "?next=" + percent_encode(request.target);
    auto answer = redirect(std::move(form));
    if (request.cookie(session_cookie)) drop_cookie(answer, session_cookie);
    return answer;
}

}  // namespace

std::optional<response> router::check_rights(request& request, const route& target) const {
    const bool is_guarded = !is_safe_method(request.method) || target.options.is_for_own_pages;
    if (is_guarded && !comes_from_own_page(request, settings_.own_origin))
        return problem(403, "The request comes from a page of another site.");
    find_admin(request);
    if (target.options.who == access::admin && !request.is_admin)
        return unauthenticated("This needs the admin token: Authorization: Bearer …");
    if (needs_session(request, target) && (!settings_.find_session || session_token_of(request).value.empty()))
        return not_signed_in(request);
    return std::nullopt;
}

// Who sends Authorization means it: see session_token_of().
void router::find_admin(request& request) const {
    if (const auto bearer = bearer_token(request); !bearer.empty()) {
        request.is_admin = settings_.is_admin_token && settings_.is_admin_token(bearer);
        return;
    }
    const auto cookie = request.cookie(console_cookie);
    request.is_admin_by_cookie = cookie && settings_.is_console_session && settings_.is_console_session(*cookie);
    request.is_admin = request.is_admin_by_cookie;
}

// An answer that goes on for hours ends soon after a right that it began with: the token is another, or the session
// over.
void router::look_at_admin_again(request& request, const route& target, response& answer) const {
    if (!answer.pieces || target.options.who != access::admin) return;
    answer.pieces = [this, &request, pieces = std::move(answer.pieces)] {
        find_admin(request);
        return request.is_admin ? pieces() : no_more();
    };
}

// After the body is there, since a form carries its token in it. What anyone may do needs none, or looks for itself.
std::optional<response> router::check_form(const request& request, const route& target) const {
    if (target.options.who == access::anyone || is_safe_method(request.method)) return std::nullopt;
    const bool by_cookie =
        request.is_admin_by_cookie || (needs_session(request, target) && session_token_of(request).by_cookie);
    if (!by_cookie) return std::nullopt;
    const auto trouble = settings_.form_check(request);
    return trouble ? std::optional{problem(*trouble)} : std::nullopt;
}

// Nobody is as good as somebody whose session is over, or cannot be looked up at present.
core::awaitable<void> router::note_session(request& request) const {
    const auto token = session_token_of(request);
    if (token.value.empty() || !settings_.find_session) co_return;
    auto found = co_await settings_.find_session(std::string{token.value}, request);
    if (!found) co_return;
    request.session = std::move(*found);
    request.session->by_cookie = token.by_cookie;
}

core::awaitable<std::optional<response>> router::check_session(request& request, const route& target) const {
    if (target.options.knows_session) co_await note_session(request);
    if (!needs_session(request, target)) co_return std::nullopt;
    const auto token = session_token_of(request);
    auto found = co_await settings_.find_session(std::string{token.value}, request);
    if (found) {
        request.session = std::move(*found);
        request.session->by_cookie = token.by_cookie;
        co_return std::nullopt;
    }
    if (found.error().kind == core::error_kind::unauthenticated) co_return not_signed_in(request);
    co_return problem(found.error());
}

}  // namespace web
