#include "account_view.hpp"

#include <array>

#include "text.hpp"

namespace web {
namespace {

struct section {
    std::string_view key;
    form_view form;
};

std::array<section, 4> sections_of(const session& session) {
    return {{{"name_form",
              {.action = account_forms::name,
               .button = "Save the name",
               .fields = {{"name", "Name", "text", "name", 100}}}},
             {"address_form",
              {.action = account_forms::address,
               .button = "Change the address",
               .fields = {{"email", "New e-mail address", "email", "email", 254}}}},
             {"password_form",
              {.action = account_forms::password,
               .button = "Change the password",
               .fields = {{"current_password", "Current password", "password", "current-password", 1024},
                          {"new_password", "New password", "password", "new-password", 1024, password_advice}},
               .username = session.email}},
             {"delete_form",
              {.action = account_forms::remove,
               .button = "Delete the account",
               .fields = {{"password", "Your password", "password", "current-password", 1024}},
               .username = session.email,
               .is_dangerous = true}}}};
}

page_data session_data(const registration::session_view& session, const form_guard::ticket& ticket) {
    const auto begun = core::to_rfc3339(session.created_at);
    const auto used = core::to_rfc3339(session.last_used_at);
    page_data data;
    data.set("id", session.id);
    data.set("client", session.client);
    data.set("begun_at", begun);
    data.set("begun", to_minutes(begun));
    data.set("used_at", used);
    data.set("used", to_minutes(used));
    data.set("current", session.current);
    data.set("csrf_token", ticket.token);
    return data;
}

parameters shown_in(const section& section, const session& session) {
    parameters shown;
    if (section.form.action == account_forms::name) shown.add("name", session.name);
    return shown;
}

}  // namespace

page_data account_data(const pages& pages, const session& session, const registration::sessions_of_user& sessions,
                       const form_guard::ticket& ticket, std::string_view notice,
                       const std::optional<failed_form>& failed) {
    page_data data;
    data.set("name", session.name);
    data.set("email", session.email);
    if (!notice.empty() && !failed) data.set("notice", std::string{notice});
    for (const auto& section : sections_of(session)) {
        const bool came_back = failed && failed->action == section.form.action;
        const auto typed = came_back ? failed->typed : shown_in(section, session);
        data.set(std::string{section.key},
                 render_form(pages, section.form, ticket, typed, came_back ? &failed->trouble : nullptr));
    }
    page_data list{page_data::type::list};
    for (const auto& one : sessions.items) list.push_back(session_data(one, ticket));
    data.set("sessions", list);
    return data;
}

}  // namespace web
