#include <registration/messages.hpp>

#include "body.hpp"
#include "client_name.hpp"
#include "cookies.hpp"
#include "user_routes.hpp"

// The API of sessions; its pages are in session_pages.cpp.
namespace web {
namespace {

struct sign_in_body {
    std::string email;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(sign_in_body, (), (email, password))

}  // namespace

void session_routes::add_to(router& router) {
    using std::bind_front;
    const route_options for_user{.who = access::user};
    router.add("POST", "/api/v1/sessions", bind_front(&session_routes::begin_by_api, this),
               {.budget = budget::sign_ins});
    router.add("DELETE", "/api/v1/sessions/current", bind_front(&session_routes::end_by_api, this), for_user);
    router.add("GET", "/login", bind_front(&session_routes::show_login, this));
    router.add("POST", "/login", bind_front(&session_routes::login, this), {.budget = budget::sign_ins});
    router.add("POST", "/logout", bind_front(&session_routes::logout, this), for_user);
}

// Sets no cookie: who asks for a token by JSON keeps it by itself.
core::awaitable<response> session_routes::begin_by_api(request& request) {
    auto body = read_message<sign_in_body>(request);
    if (!body) co_return std::move(body.error());
    const auto begun = co_await site_.modules.ask(
        registration::sign_in{std::move(body->email), std::move(body->password), client_name(request)}, request);
    if (begun) co_return json_of(201, *begun);
    auto answer = problem(begun.error());
    if (answer.status == 401) answer.with("WWW-Authenticate", "Bearer");
    co_return answer;
}

core::awaitable<response> session_routes::end_by_api(request& request) {
    const auto& session = *request.session;
    const auto ended = co_await site_.modules.ask(registration::end_session{session.user_id, session.id}, request);
    if (!ended) co_return problem(ended.error());
    auto answer = empty(204);
    if (session.by_cookie) drop_cookie(answer, session_cookie);
    co_return answer;
}

core::awaitable<core::result<session>> find_session(const caller& modules, std::string token, const request& request) {
    auto found = co_await modules.ask(registration::find_session{std::move(token)}, request);
    if (!found) co_return std::unexpected{std::move(found.error())};
    co_return session{.id = std::move(found->session_id),
                      .user_id = std::move(found->user.id),
                      .name = std::move(found->user.name),
                      .email = std::move(found->user.email),
                      .is_confirmed = found->user.confirmed,
                      .registered_at = found->user.created_at};
}

}  // namespace web
