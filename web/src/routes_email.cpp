#include <email/messages.hpp>

#include "body.hpp"
#include "query.hpp"
#include "routes.hpp"

namespace web {
namespace {

// Bytes of JSON: text and HTML of 1 MiB, and files of 5 MiB in base64.
constexpr std::size_t largest_mail = 8UZ * 1024 * 1024;

}  // namespace

void email_routes::add_to(router& admin) {
    using std::bind_front;
    const route_options for_admin{.who = access::admin};
    admin.add("POST", "/api/v1/emails", bind_front(&email_routes::send, this),
              {.who = access::admin, .body_limit = largest_mail});
    admin.add("GET", "/api/v1/emails", bind_front(&email_routes::list, this), for_admin);
    admin.add("GET", "/api/v1/emails/{id}", bind_front(&email_routes::get, this), for_admin);
    admin.add("POST", "/api/v1/emails/{id}/retry", bind_front(&email_routes::retry, this),
              {.who = access::admin, .is_audited = true});
    admin.add("POST", "/api/v1/emails/{id}/release", bind_front(&email_routes::release, this),
              {.who = access::admin, .is_audited = true});
    admin.add("GET", "/api/v1/emails/{id}/raw", bind_front(&email_routes::get_raw, this), for_admin);
}

core::awaitable<response> email_routes::send(request& request) {
    auto message = read_message<email::send_email>(request);
    if (!message) co_return std::move(message.error());
    const auto queued = co_await modules_.ask(std::move(*message), request);
    co_return queued ? json_of(202, *queued) : problem(queued.error());
}

core::awaitable<response> email_routes::list(request& request) {
    const auto wanted = read_page(request);
    if (!wanted) co_return wanted.error();
    email::search_emails search;
    search.receiver = text_parameter(request, "receiver");
    search.status = text_parameter(request, "status");
    search.search = text_parameter(request, "search");
    search.page = wanted->page;
    search.size = wanted->size;
    const auto found = co_await modules_.ask(std::move(search), request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> email_routes::get(request& request) {
    email::get_email wanted;
    wanted.id = request.path_parameters.value_or_empty("id");
    const auto found = co_await modules_.ask(std::move(wanted), request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> email_routes::retry(request& request) {
    email::retry_email wanted;
    wanted.id = request.path_parameters.value_or_empty("id");
    const auto queued = co_await modules_.ask(std::move(wanted), request);
    co_return queued ? json_of(202, *queued) : problem(queued.error());
}

core::awaitable<response> email_routes::release(request& request) {
    email::release_email wanted;
    wanted.id = request.path_parameters.value_or_empty("id");
    const auto queued = co_await modules_.ask(std::move(wanted), request);
    co_return queued ? json_of(202, *queued) : problem(queued.error());
}

core::awaitable<response> email_routes::get_raw(request& request) {
    email::get_raw_email wanted;
    wanted.id = request.path_parameters.value_or_empty("id");
    auto found = co_await modules_.ask(std::move(wanted), request);
    if (!found) co_return problem(found.error());
    response answer{.content_type = "message/rfc822", .body = std::move(found->message)};
    // A mail is somebody else's HTML: no browser is to show it as a page of ours.
    answer.with("Content-Disposition", "attachment; filename=\"message.eml\"");
    answer.with("Content-Security-Policy", "sandbox; default-src 'none'");
    co_return answer;
}

}  // namespace web
