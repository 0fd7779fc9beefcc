#include <registration/messages.hpp>

#include "body.hpp"
#include "cookies.hpp"
#include "user_routes.hpp"

// The API of the own account; its page is in account_pages.cpp.
namespace web {
namespace {

struct change_body {
    std::optional<std::string> name{};
    std::optional<std::string> email{};
};
BOOST_DESCRIBE_STRUCT(change_body, (), (name, email))

struct password_body {
    std::string current_password;
    std::string new_password;
};
BOOST_DESCRIBE_STRUCT(password_body, (), (current_password, new_password))

struct removal_body {
    std::string password;
};
BOOST_DESCRIBE_STRUCT(removal_body, (), (password))

}  // namespace

void account_routes::add_to(router& router) {
    using std::bind_front;
    const route_options for_user{.who = access::user};
    const std::string me = "/api/v1/users/me";
    router.add("GET", me, bind_front(&account_routes::get, this), for_user);
    router.add("PATCH", me, bind_front(&account_routes::change, this), for_user);
    router.add("DELETE", me, bind_front(&account_routes::remove, this), for_user);
    router.add("PUT", me + "/password", bind_front(&account_routes::change_password, this), for_user);
    router.add("GET", me + "/sessions", bind_front(&account_routes::sessions, this), for_user);
    router.add("DELETE", me + "/sessions/{id}", bind_front(&account_routes::end_session, this), for_user);
}

// What was found with the session is of this moment.
core::awaitable<response> account_routes::get(request& request) {
    const auto& session = *request.session;
    co_return json_of(200, registration::user_view{.id = session.user_id,
                                                   .name = session.name,
                                                   .email = session.email,
                                                   .confirmed = session.is_confirmed,
                                                   .created_at = session.registered_at});
}

core::awaitable<response> account_routes::change(request& request) {
    auto body = read_message<change_body>(request);
    if (!body) co_return std::move(body.error());
    const auto changed = co_await modules_.ask(
        registration::update_user{request.session->user_id, std::move(body->name), std::move(body->email)}, request);
    co_return changed ? json_of(200, *changed) : problem(changed.error());
}

// Who holds the token in a cookie gets the new one there; who keeps it by itself keeps it.
core::awaitable<response> account_routes::change_password(request& request) {
    auto body = read_message<password_body>(request);
    if (!body) co_return std::move(body.error());
    const auto& session = *request.session;
    const auto changed =
        co_await modules_.ask(registration::change_password{.user_id = session.user_id,
                                                            .session_id = session.id,
                                                            .current_password = std::move(body->current_password),
                                                            .new_password = std::move(body->new_password),
                                                            .renews_token = session.by_cookie},
                              request);
    if (!changed) co_return problem(changed.error());
    auto answer = empty(204);
    if (session.by_cookie && changed->token) set_cookie(answer, session_cookie, *changed->token);
    co_return answer;
}

core::awaitable<response> account_routes::remove(request& request) {
    auto body = read_message<removal_body>(request);
    if (!body) co_return std::move(body.error());
    const auto& session = *request.session;
    const auto done =
        co_await modules_.ask(registration::delete_user{session.user_id, std::move(body->password)}, request);
    if (!done) co_return problem(done.error());
    auto answer = empty(204);
    if (session.by_cookie) drop_cookie(answer, session_cookie);
    co_return answer;
}

core::awaitable<response> account_routes::sessions(request& request) {
    const auto& session = *request.session;
    const auto found = co_await modules_.ask(registration::list_sessions{session.user_id, session.id}, request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> account_routes::end_session(request& request) {
    const auto& session = *request.session;
    const auto id = request.path_parameters.value_or_empty("id");
    const auto ended = co_await modules_.ask(registration::end_session{session.user_id, id}, request);
    if (!ended) co_return problem(ended.error());
    auto answer = empty(204);
    if (session.by_cookie && id == session.id) drop_cookie(answer, session_cookie);
    co_return answer;
}

}  // namespace web
