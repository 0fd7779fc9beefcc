#include <algorithm>
#include <array>
#include <registration/messages.hpp>

#include "body.hpp"
#include "routes.hpp"

namespace web {
namespace {

constexpr std::string_view private_page = "no-referrer";  // its address holds a token

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> labels{
    {{"name", "Name"}, {"email", "E-mail address"}, {"password", "Password"}}};

// Modules say "must be …"; at a field it stands alone.
std::string sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
    return text;
}

// Trouble that is over in a moment: the person keeps the form and what is in it.
bool is_passing(core::error_kind kind) {
    return kind == core::error_kind::overloaded || kind == core::error_kind::timed_out ||
           kind == core::error_kind::no_handler || kind == core::error_kind::storage_full;
}

void add_errors(page_data& data, const core::error& trouble) {
    page_data summary{page_data::type::list};
    bool focused = false;
    const auto add = [&](const std::string& anchor, const std::string& text) {
        page_data line;
        line.set("text", text);
        if (!anchor.empty()) line.set("anchor", anchor);
        summary.push_back(line);
    };
    for (const auto& [name, label] : labels) {
        const auto found = std::ranges::find(trouble.fields, name, &core::field_error::field);
        if (found == trouble.fields.end()) continue;
        const std::string key{name};
        data.set(key + "_error", sentence(found->detail));
        if (!focused) data.set("focus_" + key, true);
        focused = true;
        add(key, std::string{label} + ": " + found->detail);
    }
    if (summary.is_empty_list()) add({}, sentence(trouble.detail));
    data.set("summary", summary);
    data.set("has_errors", true);
}

core::error forged() {
    return {core::error_kind::denied,
            "The form is out of date, or it was not sent from this site. Please open it again and retry."};
}

struct message_page {
    std::string heading;
    std::vector<std::string> paragraphs;
    std::string icon;  // mail, check, clock
    std::string tone;
    std::string link_href{};
    std::string link_text{};
    std::string note{};
};

page_data to_data(const message_page& page) {
    page_data data;
    page_data paragraphs{page_data::type::list};
    for (const auto& text : page.paragraphs) paragraphs.push_back(text);
    data.set("heading", page.heading);
    data.set("paragraphs", paragraphs);
    data.set(page.icon, true);
    data.set("tone", page.tone);
    if (!page.link_href.empty()) {
        page_data link;
        link.set("href", page.link_href);
        link.set("text", page.link_text);
        link.set("quiet", true);
        data.set("link", link);
    }
    if (!page.note.empty()) data.set("note", page.note);
    return data;
}

}  // namespace

response registration_routes::form_page(const request& request, const parameters& form, const core::error* trouble,
                                        int status) const {
    const auto ticket = forms_.issue(request);
    page_data data;
    data.set("csrf_token", ticket.token);
    data.set("name", form.value_or_empty("name"));
    data.set("email", form.value_or_empty("email"));
    if (trouble) add_errors(data, *trouble);
    const auto title = trouble ? "Please check: create account" : "Create account";
    auto answer =
        html(status, pages_.render("register", data, {.title = title, .with_password = true, .is_register = true}));
    form_guard::attach(answer, ticket);
    return answer;
}

core::awaitable<response> registration_routes::show_form(request& request) {
    co_return form_page(request, {}, nullptr, 200);
}

core::awaitable<response> registration_routes::register_by_form(request& request) {
    const auto form = read_form(request);
    if (!form) co_return form.error();
    if (!forms_.accepts(request, *form)) co_return problem(forged());
    registration::register_user message;
    message.name = form->value_or_empty("name");
    message.email = form->value_or_empty("email");
    message.password = form->value_or_empty("password");
    const auto pending = co_await modules_.ask(std::move(message), request);
    if (pending) co_return redirect("/registered");
    const auto& trouble = pending.error();
    if (trouble.kind == core::error_kind::invalid) co_return form_page(request, *form, &trouble, 422);
    auto answer = problem(trouble);
    if (!is_passing(trouble.kind)) co_return answer;
    auto page = form_page(request, *form, &trouble, answer.status);
    if (answer.trouble->retry_after) page.with("Retry-After", std::to_string(answer.trouble->retry_after->count()));
    co_return page;
}

core::awaitable<response> registration_routes::show_registered(request&) {
    const message_page page{.heading = "Look into your inbox",
                            .paragraphs = {"If that address can have an account here, a mail is on its way to it.",
                                           "Follow the link in it to confirm that the address is yours."},
                            .icon = "mail",
                            .tone = "",
                            .link_href = "/",
                            .link_text = "Back to the start page",
                            .note = "Nothing there after some minutes? Look among the unwanted mail too."};
    co_return html(200, pages_.render("message", to_data(page), {.title = "Check your mail"}));
}

core::awaitable<response> registration_routes::show_confirm(request& request) {
    const auto token = request.query.value_or_empty("token");
    if (token.empty()) co_return problem(400, "The link is not complete. Please copy all of it from the mail.");
    const auto ticket = forms_.issue(request);
    auto data = to_data({.heading = "Confirm your address",
                         .paragraphs = {"One press of the button, and your account is ready."},
                         .icon = "mail",
                         .tone = ""});
    page_data form;
    form.set("csrf_token", ticket.token);
    form.set("token", token);
    form.set("button", "Confirm address");
    data.set("form", form);
    auto answer = html(200, pages_.render("message", data, {.title = "Confirm your address"}));
    answer.referrer_policy = private_page;
    form_guard::attach(answer, ticket);
    co_return answer;
}

core::awaitable<response> registration_routes::confirm_by_form(request& request) {
    const auto form = read_form(request);
    if (!form) co_return form.error();
    if (!forms_.accepts(request, *form)) co_return problem(forged());
    registration::confirm message;
    message.token = form->value_or_empty("token");
    const auto done = co_await modules_.ask(std::move(message), request);
    if (done) co_return redirect("/login");
    if (done.error().kind != core::error_kind::gone) co_return problem(done.error());
    const message_page page{
        .heading = "This link is used up",
        .paragraphs = {"It was used before, or it is too old.",
                       "If you have confirmed already, all is well: your account is ready. Else register once more to "
                       "get a new mail."},
        .icon = "clock",
        .tone = "",
        .link_href = "/register",
        .link_text = "Register once more"};
    auto answer = html(410, pages_.render("message", to_data(page), {.title = "Link used up"}));
    answer.referrer_policy = private_page;
    co_return answer;
}

core::awaitable<response> registration_routes::show_login(request&) {
    const message_page page{.heading = "Your account is ready",
                            .paragraphs = {"The address is confirmed. Thank you for joining."},
                            .icon = "check",
                            .tone = "good",
                            .link_href = "/",
                            .link_text = "Go to the start page"};
    co_return html(200, pages_.render("message", to_data(page), {.title = "Account ready"}));
}

}  // namespace web
