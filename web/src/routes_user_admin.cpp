#include <registration/messages.hpp>

#include "body.hpp"
#include "query.hpp"
#include "user_routes.hpp"

namespace web {
namespace {

// Each of them says nothing but that it is done.
template <class Message>
core::awaitable<response> tell(const caller& modules, request& request) {
    Message message;
    message.user_id = request.path_parameters.value_or_empty("id");
    const auto done = co_await modules.ask(std::move(message), request);
    co_return done ? empty(204) : problem(done.error());
}

}  // namespace

void user_admin_routes::add_to(router& admin) {
    using std::bind_front;
    const route_options for_admin{.who = access::admin};
    const route_options for_audit{.who = access::admin, .is_audited = true};
    const std::string one = "/api/v1/users/{id}";
    admin.add("GET", "/api/v1/users", bind_front(&user_admin_routes::list, this), for_admin);
    admin.add("POST", one + "/disable", bind_front(&user_admin_routes::disable, this), for_audit);
    admin.add("POST", one + "/enable", bind_front(&user_admin_routes::enable, this), for_audit);
    admin.add("DELETE", one + "/sessions", bind_front(&user_admin_routes::end_sessions, this), for_audit);
}

core::awaitable<response> user_admin_routes::list(request& request) {
    const auto wanted = read_page(request);
    if (!wanted) co_return wanted.error();
    const auto found = co_await modules_.ask(registration::search_users{.search = text_parameter(request, "search"),
                                                                        .state = text_parameter(request, "state"),
                                                                        .page = wanted->page,
                                                                        .size = wanted->size},
                                             request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> user_admin_routes::disable(request& request) {
    return tell<registration::disable_user>(modules_, request);
}

core::awaitable<response> user_admin_routes::enable(request& request) {
    return tell<registration::enable_user>(modules_, request);
}

core::awaitable<response> user_admin_routes::end_sessions(request& request) {
    return tell<registration::end_sessions>(modules_, request);
}

}  // namespace web
