#include "forms.hpp"

#include <algorithm>

namespace web {
namespace {

std::string in_words(std::chrono::seconds time) {
    if (time.count() == 1) return "a second";
    if (time < std::chrono::minutes{2}) return std::to_string(time.count()) + " seconds";
    return std::to_string(std::chrono::ceil<std::chrono::minutes>(time).count()) + " minutes";
}

std::string whole_sentence(const core::error& trouble) {
    auto text = as_sentence(trouble.detail);
    if (trouble.retry_after) text += " Please try again in " + in_words(*trouble.retry_after) + ".";
    return text;
}

page_data line(const std::string& text, std::string_view anchor) {
    page_data data;
    data.set("text", text);
    data.set("anchor", text_or_nothing(anchor));
    return data;
}

page_data summary_of(const form_view& form, const core::error& trouble) {
    page_data summary{page_data::type::list};
    for (const auto& [name, detail] : trouble.fields) {
        const auto found = std::ranges::find(form.fields, name, &form_field::name);
        if (found == form.fields.end())
            summary.push_back(line(as_sentence(name + ' ' + detail), {}));
        else
            summary.push_back(line(std::string{found->label} + ": " + detail, name));
    }
    if (trouble.fields.empty()) summary.push_back(line(whole_sentence(trouble), {}));
    return summary;
}

const core::field_error* error_of(const form_field& field, const form_trouble* trouble) {
    if (!trouble) return nullptr;
    const auto found = std::ranges::find(trouble->error.fields, field.name, &core::field_error::field);
    return found == trouble->error.fields.end() ? nullptr : &*found;
}

page_data field_data(const form_field& field, const parameters& typed, const core::field_error* error, bool focus) {
    const std::string name{field.name};
    const bool is_password = field.type == "password";
    const bool is_email = field.type == "email";
    std::string described_by = error ? name + "-error" : std::string{};
    if (!field.hint.empty()) described_by += (error ? " " : "") + name + "-hint";
    page_data data;
    data.set("name", name);
    data.set("label", std::string{field.label});
    data.set("type", std::string{field.type});
    data.set("autocomplete", std::string{field.autocomplete});
    data.set("longest", text_or_nothing(field.longest > 0 ? std::to_string(field.longest) : std::string{}));
    data.set("inputmode", text_or_nothing(is_email ? "email" : field.inputmode));
    data.set("required", !field.is_optional);
    data.set("is_text", field.type == "text");
    data.set("is_long", field.type == long_text);
    data.set("is_email", is_email);
    data.set("is_password", is_password);
    data.set("is_new", field.autocomplete == "new-password");
    data.set("value", is_password ? std::string{} : typed.value_or_empty(field.name));
    data.set("described_by", text_or_nothing(described_by));
    data.set("error", text_or_nothing(error ? as_sentence(error->detail) : std::string{}));
    data.set("hint", text_or_nothing(field.hint));
    data.set("focus", focus);
    return data;
}

page_data fields_data(const form_view& form, const parameters& typed, const form_trouble* trouble) {
    page_data fields{page_data::type::list};
    bool is_focused = false;
    for (const auto& field : form.fields) {
        const auto* error = error_of(field, trouble);
        fields.push_back(field_data(field, typed, error, error && !is_focused));
        is_focused = is_focused || error;
    }
    return fields;
}

page_data hidden_data(const form_view& form) {
    page_data hidden{page_data::type::list};
    for (const auto& [name, value] : form.hidden) {
        page_data one;
        one.set("key", std::string{name});
        one.set("value", value);
        hidden.push_back(one);
    }
    return hidden;
}

std::vector<std::string_view> scripts_of(const form_page& page, const form_view& form) {
    std::vector<std::string_view> scripts;
    if (std::ranges::find(form.fields, "password", &form_field::type) != form.fields.end())
        scripts.push_back(password_script);
    if (!page.script.empty()) scripts.push_back(page.script);
    return scripts;
}

}  // namespace

std::string as_sentence(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (!text.empty() && text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
    return text;
}

std::string render_form(const pages& pages, const form_view& form, const form_guard::ticket& ticket,
                        const parameters& typed, const form_trouble* trouble) {
    page_data data;
    data.set("action", std::string{form.action});
    data.set("button", std::string{form.button});
    data.set("csrf_token", ticket.token);
    data.set("danger", form.is_dangerous);
    data.set("hidden", hidden_data(form));
    data.set("username", text_or_nothing(form.username));
    data.set("fields", fields_data(form, typed, trouble));
    data.set("has_errors", trouble != nullptr);
    if (trouble) {
        data.set("summary", summary_of(form, trouble->error));
        data.set("way_out", text_or_nothing(trouble->href));
        data.set("way_out_text", std::string{trouble->link});
    }
    return pages.render_part("form", data);
}

response show_form_page(const pages& pages, const form_guard& forms, const request& request, const form_page& page,
                        const form_view& form, const parameters& typed, const form_trouble* trouble) {
    const auto ticket = forms.issue(request);
    page_data links{page_data::type::list};
    for (const auto& [href, text] : page.links) {
        page_data link;
        link.set("href", std::string{href});
        link.set("text", std::string{text});
        links.push_back(link);
    }
    page_data data;
    data.set("heading", std::string{page.heading});
    data.set("sub", text_or_nothing(page.sub));
    data.set("notice", text_or_nothing(page.notice));
    data.set("form", render_form(pages, form, ticket, typed, trouble));
    data.set("links", links);
    const auto title = (trouble ? "Please check: " : "") + std::string{page.title};
    const pages::frame frame{.title = title,
                             .kind = page.kind,
                             .scripts = scripts_of(page, form),
                             .place = page.place,
                             .form_token = request.session ? ticket.token : std::string_view{}};
    auto answer = as_page(trouble ? &trouble->error : nullptr, pages.render("panel", data, frame));
    if (answer.status == 401) answer.with("WWW-Authenticate", "Bearer");
    form_guard::attach(answer, ticket);
    return answer;
}

response as_page(const core::error* trouble, std::string body) {
    auto answer = trouble ? problem(*trouble) : response{};
    if (answer.trouble && answer.trouble->retry_after)
        answer.with("Retry-After", std::to_string(answer.trouble->retry_after->count()));
    answer.trouble.reset();
    answer.content_type = content_type::html;
    answer.body = std::move(body);
    return answer;
}

bool keeps_form(core::error_kind kind) {
    switch (kind) {
        case core::error_kind::invalid:
        case core::error_kind::unauthenticated:
        case core::error_kind::limited:
        case core::error_kind::overloaded:
        case core::error_kind::timed_out:
        case core::error_kind::no_handler:
        case core::error_kind::storage_full:
            return true;
        default:
            return false;
    }
}

std::string render_message(const pages& pages, const message_page& page) {
    page_data data;
    page_data paragraphs{page_data::type::list};
    for (const auto text : page.paragraphs) paragraphs.push_back(std::string{text});
    data.set("heading", std::string{page.heading});
    data.set("paragraphs", paragraphs);
    data.set(std::string{page.icon}, true);
    data.set("href", text_or_nothing(page.href));
    data.set("link", std::string{page.link});
    data.set("note", text_or_nothing(page.note));
    data.set("form", text_or_nothing(page.form));
    return pages.render("message", data, {.title = page.title});
}

}  // namespace web
