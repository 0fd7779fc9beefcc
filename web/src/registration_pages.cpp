#include <registration/messages.hpp>

#include "cookies.hpp"
#include "user_routes.hpp"

namespace web {
namespace {

form_view register_view() {
    return {.action = "/register",
            .button = "Create account",
            .fields = {{"name", "Name", "text", "name", 100},
                       {"email", "E-mail address", "email", "email", 254},
                       {"password", "Password", "password", "new-password", 1024, password_advice}}};
}

form_view resend_view() {
    return {.action = "/resend",
            .button = "Send the mail again",
            .fields = {{"email", "E-mail address", "email", "email", 254}}};
}

}  // namespace

response registration_routes::form(const request& request, const parameters& typed, const core::error* trouble) const {
    const form_page page{.title = "Create account",
                         .heading = "Create your account",
                         .sub = "One mail to confirm your address, and you are in.",
                         .links = {{"/login", "You have one already? Sign in"}},
                         .place = "register"};
    const auto shown = trouble ? std::optional{form_trouble{*trouble}} : std::nullopt;
    return show_form_page(site_.pages, site_.forms, request, page, register_view(), typed, shown ? &*shown : nullptr);
}

core::awaitable<response> registration_routes::show_form(request& request) { co_return form(request, {}); }

core::awaitable<response> registration_routes::register_by_form(request& request) {
    const auto typed = site_.forms.read(request);
    if (!typed) co_return typed.error();
    registration::register_user message;
    message.name = typed->value_or_empty("name");
    message.email = typed->value_or_empty("email");
    message.password = typed->value_or_empty("password");
    const auto pending = co_await site_.modules.ask(std::move(message), request);
    if (pending) co_return redirect("/registered");
    const auto& trouble = pending.error();
    co_return keeps_form(trouble.kind) ? form(request, *typed, &trouble) : problem(trouble);
}

core::awaitable<response> registration_routes::show_registered(request&) {
    const message_page page{.title = "Check your mail",
                            .heading = "Look into your inbox",
                            .paragraphs = {"If that address can have an account here, a mail is on its way to it.",
                                           "Follow the link in it to confirm that the address is yours."},
                            .icon = "mail",
                            .href = "/resend",
                            .link = "Send the mail again",
                            .note = "Nothing there after some minutes? Look among the unwanted mail too."};
    co_return html(200, render_message(site_.pages, page));
}

core::awaitable<response> registration_routes::show_confirm(request& request) {
    const auto token = request.query.value_or_empty("token");
    if (token.empty()) co_return problem(400, "The link is not complete. Please copy all of it from the mail.");
    const auto ticket = site_.forms.issue(request);
    const form_view button{.action = "/confirm", .button = "Confirm address", .hidden = {{"token", token}}};
    const message_page page{.title = "Confirm your address",
                            .heading = "Confirm your address",
                            .paragraphs = {"One press of the button, and the address counts."},
                            .icon = "mail",
                            .form = render_form(site_.pages, button, ticket, {}, nullptr)};
    auto answer = html(200, render_message(site_.pages, page));
    answer.referrer_policy = private_page;
    form_guard::attach(answer, ticket);
    co_return answer;
}

core::awaitable<response> registration_routes::confirm_by_form(request& request) {
    const auto typed = site_.forms.read(request);
    if (!typed) co_return typed.error();
    registration::confirm message;
    message.token = typed->value_or_empty("token");
    const auto done = co_await site_.modules.ask(std::move(message), request);
    if (done) {
        auto answer = redirect("/login");
        leave_notice(answer, notice::confirmed);
        co_return answer;
    }
    if (done.error().kind != core::error_kind::gone) co_return problem(done.error());
    const message_page page{.title = "Link used up",
                            .heading = "This link is used up",
                            .paragraphs = {"It was used before, it is too old, or a newer mail has taken its place.",
                                           "If you have confirmed already, all is well: sign in. Else let us send you "
                                           "a new one."},
                            .icon = "clock",
                            .href = "/resend",
                            .link = "Send the mail again"};
    auto answer = html(410, render_message(site_.pages, page));
    answer.referrer_policy = private_page;
    co_return answer;
}

response registration_routes::resend_form(const request& request, const parameters& typed,
                                          const core::error* trouble) const {
    const form_page page{.title = "Send the mail again",
                         .heading = "No mail yet?",
                         .sub = "We send the link for the confirmation once more.",
                         .links = {{"/login", "Back to sign in"}}};
    const auto shown = trouble ? std::optional{form_trouble{*trouble}} : std::nullopt;
    return show_form_page(site_.pages, site_.forms, request, page, resend_view(), typed, shown ? &*shown : nullptr);
}

core::awaitable<response> registration_routes::show_resend(request& request) { co_return resend_form(request, {}); }

core::awaitable<response> registration_routes::resend_by_form(request& request) {
    const auto typed = site_.forms.read(request);
    if (!typed) co_return typed.error();
    registration::resend_confirmation message;
    message.email = typed->value_or_empty("email");
    const auto done = co_await site_.modules.ask(std::move(message), request);
    if (done) co_return redirect("/sent");
    const auto& trouble = done.error();
    co_return keeps_form(trouble.kind) ? resend_form(request, *typed, &trouble) : problem(trouble);
}

// After what may or may not have sent a mail: the same for every address.
core::awaitable<response> registration_routes::show_sent(request&) {
    const message_page page{.title = "Check your mail",
                            .heading = "Look into your inbox",
                            .paragraphs = {"If that address waits for such a mail, it is on its way.",
                                           "Another one is sent after some minutes at the earliest."},
                            .icon = "mail",
                            .href = "/login",
                            .link = "Back to sign in",
                            .note = "Nothing there? Look among the unwanted mail too."};
    co_return html(200, render_message(site_.pages, page));
}

}  // namespace web
