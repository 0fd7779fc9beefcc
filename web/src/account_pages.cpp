#include <registration/messages.hpp>

#include "account_view.hpp"
#include "body.hpp"
#include "cookies.hpp"
#include "user_routes.hpp"

namespace web {
namespace {

response done(notice what) {
    auto answer = redirect("/account");
    leave_notice(answer, what);
    return answer;
}

// Signed out, one way or another.
response gone(notice what) {
    auto answer = redirect("/login");
    drop_cookie(answer, session_cookie);
    leave_notice(answer, what);
    return answer;
}

}  // namespace

void account_pages::add_to(router& router) {
    using std::bind_front;
    const route_options for_user{.who = access::user};
    router.add("GET", "/account", bind_front(&account_pages::show, this), for_user);
    router.add("POST", account_forms::name, bind_front(&account_pages::change_name, this), for_user);
    router.add("POST", account_forms::address, bind_front(&account_pages::change_address, this), for_user);
    router.add("POST", account_forms::password, bind_front(&account_pages::change_password, this), for_user);
    router.add("POST", account_forms::remove, bind_front(&account_pages::remove, this), for_user);
    router.add("POST", "/account/sessions/{id}/end", bind_front(&account_pages::end_session, this), for_user);
}

core::awaitable<response> account_pages::page(request& request, std::optional<failed_form> failed) {
    const auto& session = *request.session;
    const auto sessions = co_await site_.modules.ask(registration::list_sessions{session.user_id, session.id}, request);
    if (!sessions) co_return problem(sessions.error());
    const auto ticket = site_.forms.issue(request);
    const auto data = account_data(site_.pages, session, *sessions, ticket, notice_for(request), failed);
    auto answer = as_page(failed ? &failed->trouble.error : nullptr,
                          site_.pages.render("account", data,
                                             {.title = failed ? "Please check: account" : "Account",
                                              .kind = "stack",
                                              .scripts = {password_script},
                                              .place = "account",
                                              .form_token = ticket.token}));
    form_guard::attach(answer, ticket);
    take_notice(answer, request);
    co_return answer;
}

core::awaitable<response> account_pages::fail(request& request, std::string_view action, parameters typed,
                                              core::error trouble) {
    if (!keeps_form(trouble.kind)) co_return problem(trouble);
    co_return co_await page(request, failed_form{action, std::move(typed), {std::move(trouble)}});
}

core::awaitable<response> account_pages::show(request& request) { return page(request, std::nullopt); }

core::awaitable<response> account_pages::change_name(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    const registration::update_user message{request.session->user_id, typed->value_or_empty("name"), {}};
    const auto changed = co_await site_.modules.ask(message, request);
    if (changed) co_return done(notice::name_changed);
    co_return co_await fail(request, account_forms::name, *typed, changed.error());
}

core::awaitable<response> account_pages::change_address(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    const registration::update_user message{request.session->user_id, {}, typed->value_or_empty("email")};
    const auto changed = co_await site_.modules.ask(message, request);
    if (changed) co_return done(notice::address_asked);
    co_return co_await fail(request, account_forms::address, *typed, changed.error());
}

core::awaitable<response> account_pages::change_password(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    const auto& session = *request.session;
    const registration::change_password message{.user_id = session.user_id,
                                                .session_id = session.id,
                                                .current_password = typed->value_or_empty("current_password"),
                                                .new_password = typed->value_or_empty("new_password"),
                                                .renews_token = session.by_cookie};
    const auto changed = co_await site_.modules.ask(message, request);
    if (!changed) co_return co_await fail(request, account_forms::password, *typed, changed.error());
    auto answer = done(notice::password_changed);
    if (session.by_cookie && changed->token) set_cookie(answer, session_cookie, *changed->token);
    co_return answer;
}

core::awaitable<response> account_pages::end_session(request& request) {
    const auto& session = *request.session;
    const auto id = request.path_parameters.value_or_empty("id");
    const auto ended = co_await site_.modules.ask(registration::end_session{session.user_id, id}, request);
    // One that is gone already is as good as ended.
    if (!ended && ended.error().kind != core::error_kind::not_found) co_return problem(ended.error());
    co_return id == session.id ? gone(notice::signed_out) : done(notice::session_ended);
}

core::awaitable<response> account_pages::remove(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    const registration::delete_user message{request.session->user_id, typed->value_or_empty("password")};
    const auto removed = co_await site_.modules.ask(message, request);
    if (removed) co_return gone(notice::deleted);
    co_return co_await fail(request, account_forms::remove, *typed, removed.error());
}

}  // namespace web
