#include <algorithm>
#include <core/clock.hpp>
#include <core/email_address.hpp>
#include <email/preview.hpp>

#include "account_mails.hpp"
#include "mail_kinds.hpp"
#include "message.hpp"
#include "templates.hpp"

namespace email {

void check_templates(const std::string& templates_dir) { std::ignore = load_templates(templates_dir); }

std::vector<std::string> template_names() {
    std::vector<std::string> names;
    for (const auto& mail : mail_kinds) names.emplace_back(mail.name);
    return names;
}

preview_values sample_values(const settings& settings, std::string_view name) {
    preview_values values{{"name", "Ada Lovelace"}};
    for (auto& [key, link] : pages_for_people(settings)) values.emplace(key, std::get<std::string>(link));
    if (std::ranges::find(mail_kinds, name, &mail_kind::name)->has_link) {
        values.emplace("link", settings.public_url + "/confirm?token=an-example");
        values.emplace("expires_at", "2030-01-31 12:00 UTC");
    }
    return values;
}

mail_preview preview(const settings& settings, std::string_view name, const preview_values& values) {
    auto templates = load_templates(settings.templates_dir);
    auto rendered = templates.render(name, template_values{values.begin(), values.end()});
    const auto from = core::parse_email_address(settings.from_address, core::domain_form::any);
    const auto& sender = from ? from->canonical : settings.from_address;
    auto message =
        compose({.id = "preview",
                 .message_id = message_id_of("preview", sender),
                 .date = core::system_clock{}.now(),
                 .from = {settings.from_name, sender},
                 .to = {{one_line(values.contains("name") ? values.find("name")->second : ""), "somebody@example.org"}},
                 .subject = rendered.subject,
                 .text = rendered.text,
                 .html = rendered.html});
    return {std::move(rendered.subject), std::move(rendered.text), std::move(rendered.html), std::move(message)};
}

}  // namespace email
