#pragma once

#include <email/settings.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// The mails about accounts as they would be sent, without a module that runs: for those who write their own templates.
// All throw core::fatal_error (configuration) when a template in force is wrong or settings.templates_dir is.
namespace email {

void check_templates(const std::string& templates_dir);

[[nodiscard]] std::vector<std::string> template_names();

using preview_values = std::map<std::string, std::string, std::less<>>;
// Examples of all that this mail can show. `name`: one of template_names().
[[nodiscard]] preview_values sample_values(const settings& settings, std::string_view name);

struct mail_preview {
    std::string subject;
    std::string text;
    std::string html;
    std::string message;  // RFC 5322, of now
};
[[nodiscard]] mail_preview preview(const settings& settings, std::string_view name, const preview_values& values);

}  // namespace email
