#include <registration/messages.hpp>

#include "body.hpp"
#include "cookies.hpp"
#include "user_routes.hpp"

namespace web {
namespace {

const form_field new_password{"password", "New password", "password", "new-password", 1024, password_advice};

response used_up(const pages& pages) {
    const message_page page{.title = "Link used up",
                            .heading = "This link is used up",
                            .paragraphs = {"It was used before, it is too old, or a newer mail has taken its place.",
                                           "Nothing was changed. Ask for a new one, and it is in your inbox soon."},
                            .icon = "clock",
                            .href = "/forgot",
                            .link = "Send me a new link"};
    auto answer = html(410, render_message(pages, page));
    answer.referrer_policy = private_page;
    return answer;
}

}  // namespace

void password_reset_routes::add_to(router& router) {
    using std::bind_front;
    router.add("POST", "/api/v1/password-resets", bind_front(&password_reset_routes::ask_by_api, this),
               {.budget = budget::sign_ins});
    router.add("POST", "/api/v1/password-resets/complete", bind_front(&password_reset_routes::complete_by_api, this),
               {.budget = budget::sign_ins});
    router.add("GET", "/forgot", bind_front(&password_reset_routes::show_forgot, this));
    router.add("POST", "/forgot", bind_front(&password_reset_routes::ask_by_form, this), {.budget = budget::sign_ins});
    router.add("GET", "/reset", bind_front(&password_reset_routes::show_reset, this));
    router.add("POST", "/reset", bind_front(&password_reset_routes::complete_by_form, this),
               {.budget = budget::sign_ins});
}

core::awaitable<response> password_reset_routes::ask_by_api(request& request) {
    auto message = read_message<registration::forgot_password>(request);
    if (!message) co_return std::move(message.error());
    const auto done = co_await site_.modules.ask(std::move(*message), request);
    co_return done ? empty(202) : problem(done.error());
}

core::awaitable<response> password_reset_routes::complete_by_api(request& request) {
    auto message = read_message<registration::reset_password>(request);
    if (!message) co_return std::move(message.error());
    const auto done = co_await site_.modules.ask(std::move(*message), request);
    co_return done ? empty(204) : problem(done.error());
}

response password_reset_routes::forgot_form(const request& request, const parameters& typed,
                                            const core::error* trouble) const {
    const form_page page{.title = "Forgotten password",
                         .heading = "Forgotten your password?",
                         .sub = "We send you a link with which you can set a new one.",
                         .links = {{"/login", "Back to sign in"}}};
    const form_view view{.action = "/forgot",
                         .button = "Send me the link",
                         .fields = {{"email", "E-mail address", "email", "username", 254}}};
    const auto shown = trouble ? std::optional{form_trouble{*trouble}} : std::nullopt;
    return show_form_page(site_.pages, site_.forms, request, page, view, typed, shown ? &*shown : nullptr);
}

core::awaitable<response> password_reset_routes::show_forgot(request& request) { co_return forgot_form(request, {}); }

core::awaitable<response> password_reset_routes::ask_by_form(request& request) {
    const auto typed = site_.forms.read(request);
    if (!typed) co_return typed.error();
    registration::forgot_password message;
    message.email = typed->value_or_empty("email");
    const auto done = co_await site_.modules.ask(std::move(message), request);
    if (done) co_return redirect("/sent");
    const auto& trouble = done.error();
    co_return keeps_form(trouble.kind) ? forgot_form(request, *typed, &trouble) : problem(trouble);
}

response password_reset_routes::reset_form(const request& request, const std::string& token,
                                           const core::error* trouble) const {
    const form_page page{.title = "New password",
                         .heading = "Set a new password",
                         .sub = "It signs you out everywhere, so that nobody else stays in."};
    const form_view view{
        .action = "/reset", .button = "Set the password", .fields = {new_password}, .hidden = {{"token", token}}};
    const auto shown = trouble ? std::optional{form_trouble{*trouble}} : std::nullopt;
    auto answer = show_form_page(site_.pages, site_.forms, request, page, view, {}, shown ? &*shown : nullptr);
    answer.referrer_policy = private_page;
    return answer;
}

// Changes nothing, and does not even ask whether the token is good: programs that look through mails open links too.
core::awaitable<response> password_reset_routes::show_reset(request& request) {
    const auto token = request.query.value_or_empty("token");
    if (token.empty()) co_return problem(400, "The link is not complete. Please copy all of it from the mail.");
    co_return reset_form(request, token);
}

core::awaitable<response> password_reset_routes::complete_by_form(request& request) {
    const auto typed = site_.forms.read(request);
    if (!typed) co_return typed.error();
    const auto token = typed->value_or_empty("token");
    const auto done =
        co_await site_.modules.ask(registration::reset_password{token, typed->value_or_empty("password")}, request);
    if (done) {
        auto answer = redirect("/login");
        leave_notice(answer, notice::password_reset);
        co_return answer;
    }
    const auto& trouble = done.error();
    if (trouble.kind == core::error_kind::gone) co_return used_up(site_.pages);
    co_return keeps_form(trouble.kind) ? reset_form(request, token, &trouble) : problem(trouble);
}

}  // namespace web
