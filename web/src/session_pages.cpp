#include <registration/messages.hpp>

#include "client_name.hpp"
#include "cookies.hpp"
#include "text.hpp"
#include "user_routes.hpp"

namespace web {
namespace {

constexpr std::string_view start_of_users = "/account";

form_view login_view(std::string_view next) {
    form_view form{.action = "/login",
                   .button = "Sign in",
                   .fields = {{"email", "E-mail address", "email", "username", 254},
                              {"password", "Password", "password", "current-password", 1024}}};
    if (is_local_path(next)) form.hidden = {{"next", std::string{next}}};
    return form;
}

}  // namespace

response session_routes::form(const request& request, const parameters& typed, std::string_view next,
                              const form_trouble* trouble) const {
    const form_page page{.title = "Sign in",
                         .heading = "Sign in",
                         .notice = trouble ? std::string_view{} : notice_for(request),
                         .links = {{"/forgot", "Forgotten your password?"}, {"/register", "Create an account"}},
                         .place = "login"};
    auto answer = show_form_page(site_.pages, site_.forms, request, page, login_view(next), typed, trouble);
    take_notice(answer, request);
    return answer;
}

core::awaitable<response> session_routes::show_login(request& request) {
    if (const auto trouble = site_.forms.plain_http(request)) co_return problem(*trouble);
    co_return form(request, {}, request.query.value_or_empty("next"));
}

core::awaitable<response> session_routes::login(request& request) {
    const auto typed = site_.forms.read(request);
    if (!typed) co_return typed.error();
    const auto next = typed->value_or_empty("next");
    const auto begun = co_await site_.modules.ask(
        registration::sign_in{typed->value_or_empty("email"), typed->value_or_empty("password"), client_name(request)},
        request);
    if (begun) {
        co_await end_former(request);
        auto answer = redirect(is_local_path(next) ? next : std::string{start_of_users});
        set_cookie(answer, session_cookie, begun->token);
        co_return answer;
    }
    form_trouble trouble{begun.error()};
    if (trouble.error.code == "confirmation-required") {
        trouble.href = "/resend";
        trouble.link = "Send the mail with the link again";
    } else if (!keeps_form(trouble.error.kind)) {
        co_return problem(trouble.error);
    }
    co_return form(request, *typed, next, &trouble);
}

// The browser forgets the token of a session that it still had. If that one cannot be ended it expires by itself, and
// the new one is good all the same.
core::awaitable<void> session_routes::end_former(request& request) {
    const auto token = session_token_in_cookie(request);
    if (token.empty()) co_return;
    const auto former = co_await find_session(site_.modules, std::string{token}, request);
    if (former) (void)co_await site_.modules.ask(registration::end_session{former->user_id, former->id}, request);
}

core::awaitable<response> session_routes::logout(request& request) {
    const auto& session = *request.session;
    const auto ended = co_await site_.modules.ask(registration::end_session{session.user_id, session.id}, request);
    // One that is gone already is as good as ended.
    if (!ended && ended.error().kind != core::error_kind::not_found) co_return problem(ended.error());
    auto answer = redirect("/login");
    drop_cookie(answer, session_cookie);
    leave_notice(answer, notice::signed_out);
    co_return answer;
}

}  // namespace web
