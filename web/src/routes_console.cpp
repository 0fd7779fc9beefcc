#include <array>
#include <nlohmann/json.hpp>

#include "body.hpp"
#include "cookies.hpp"
#include "routes.hpp"

namespace web {
namespace {

constexpr std::string_view start = "/";
constexpr std::string_view sign_in_path = "/sign-in";
constexpr std::string_view script = "console.js";

struct shown_list {
    std::string_view title;
    std::string_view does;
    std::string_view path;
};

constexpr std::array<shown_list, 8> lists{{
    {"Users", "Every account with its state, newest first.", "/api/v1/users"},
    {"Mailbox", "Every mail with its status, newest first.", "/api/v1/emails"},
    {"Deliveries", "How far each handler is in each event log.", "/api/v1/bus"},
    {"Events", "What happened, in all modules, newest first.", "/api/v1/events"},
    {"Dead letters", "What no retry could deliver, to mend, retry or drop.", "/api/v1/dead-letters"},
    {"Logs", "By module, level, words, time or trace.", "/api/v1/logs"},
    {"Traces", "What a request has caused, span by span, newest first.", "/api/v1/traces"},
    {"Health", "What is up, and which part is not.", "/readyz"},
}};

const form_view sign_in_form{.action = sign_in_path,
                             .button = "Sign in",
                             .fields = {{"token", "Token", "password", "current-password", 100,
                                         "Of a link that Busbar printed, or as the command busbar token prints it"}}};

core::error not_the_token() {
    return {.kind = core::error_kind::unauthenticated,
            .detail = "This token is used up, expired or wrong. The command busbar console prints a new link"};
}

}  // namespace

void console_routes::add_to(router& admin) {
    using std::bind_front;
    admin.add("GET", start, bind_front(&console_routes::home, this));
    admin.add("POST", sign_in_path, bind_front(&console_routes::sign_in, this),
              {.budget = budget::sign_ins, .mends_overload = true, .is_audited = true});
    admin.add("POST", "/sign-out", bind_front(&console_routes::sign_out, this),
              {.who = access::admin, .mends_overload = true, .is_audited = true});
    admin.add("POST", "/api/v1/console-links", bind_front(&console_routes::make_link, this),
              {.who = access::admin, .mends_overload = true, .is_audited = true});
}

std::string console_routes::new_link() const { return address_() + "/#token=" + sessions_.make_link(); }

core::awaitable<response> console_routes::home(request& request) {
    if (request.is_admin) co_return overview(request);
    if (const auto trouble = sign_in_forms_.plain_http(request)) co_return problem(*trouble);
    auto answer = form(request);
    if (request.cookie(console_cookie))
        drop_cookie(answer, console_cookie, same_site::strict);  // of a session that is over
    co_return answer;
}

response console_routes::form(const request& request, const form_trouble* trouble) const {
    const form_page page{.title = "Sign in",
                         .heading = "Administration",
                         .sub =
                             "What runs here, for its operators. Open the link that Busbar printed when it started; "
                             "it works once, for half an hour. Or paste a token.",
                         .script = script};
    return show_form_page(pages_, sign_in_forms_, request, page, sign_in_form, {}, trouble);
}

response console_routes::overview(const request& request) const {
    page_data shown{page_data::type::list};
    for (const auto& list : lists) {
        page_data one;
        one.set("title", std::string{list.title});
        one.set("does", std::string{list.does});
        one.set("path", std::string{list.path});
        shown.push_back(one);
    }
    page_data data;
    data.set("lists", shown);
    data.set("base", address_());
    const auto ticket = forms_.issue(request);
    auto answer = html(200, pages_.render("admin", data,
                                          {.title = "Administration",
                                           .kind = "wide",
                                           .scripts = {script},
                                           .form_token = request.is_admin_by_cookie ? ticket.token : std::string{}}));
    form_guard::attach(answer, ticket);
    return answer;
}

core::awaitable<response> console_routes::sign_in(request& request) {
    const auto typed = sign_in_forms_.read(request);
    if (!typed) co_return typed.error();
    const auto session = sessions_.sign_in(typed->value_or_empty("token"));
    if (!session) {
        const form_trouble trouble{not_the_token()};
        co_return form(request, &trouble);
    }
    if (const auto former = request.cookie(console_cookie)) sessions_.sign_out(*former);
    request.is_admin = true;  // for the record of what operators do
    auto answer = redirect(std::string{start});
    set_cookie(answer, console_cookie, *session, same_site::strict);
    co_return answer;
}

core::awaitable<response> console_routes::sign_out(request& request) {
    if (const auto session = request.cookie(console_cookie)) sessions_.sign_out(*session);
    auto answer = redirect(std::string{start});
    drop_cookie(answer, console_cookie, same_site::strict);
    co_return answer;
}

core::awaitable<response> console_routes::make_link(request&) {
    const auto expires_at = clock_.now() + console_sessions::link_lifetime;
    co_return json(201, {{"url", new_link()}, {"expires_at", core::to_rfc3339(expires_at)}});
}

}  // namespace web
