#include <algorithm>
#include <email/preview.hpp>

#include "addresses.hpp"
#include "commands.hpp"
#include "module_settings.hpp"
#include "output.hpp"

namespace app {
namespace {

using core::exit_code;

email::settings settings_for_preview(const config::settings& settings) {
    const auto& http = settings.http;
    return email_settings_of(settings, !http.public_url.empty()
                                           ? http.public_url
                                           : std::string{scheme_of(settings)} + "://" + address_of(http.listen));
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += name + "\n";
    return text;
}

// Those of the file over the samples.
email::preview_values values_for(const command& command, email::preview_values values) {
    const auto& file = command.operation.values;
    if (file.empty()) return values;
    const auto refuse = [&file](const std::string& what) {
        throw core::fatal_error{exit_code::usage, "--data " + file + ": " + what};
    };
    const auto given = read_json(file, "--data");
    if (!given.is_object()) refuse("has to be a JSON object such as {\"name\": \"Ada\"}");
    for (const auto& [name, value] : given.items()) {
        const auto known = values.find(name);
        if (known == values.end()) {
            std::string names;
            for (const auto& [one, unused] : values) names.append(names.empty() ? "" : ", ").append(one);
            refuse(name + " is not known to this mail; " + names + " are");
        }
        if (!value.is_string()) refuse(name + " has to be a text");
        known->second = value.get<std::string>();
    }
    return values;
}

}  // namespace

exit_code render_mail(const command& command, const config::loaded& configuration) {
    const auto names = email::template_names();
    const auto& options = command.operation;
    if (options.ids.empty()) {
        if (command.as_json)
            print_json(names);
        else
            print(listed(names));
        return exit_code::done;
    }
    const auto& name = options.ids.front();
    if (std::ranges::find(names, name) == names.end())
        throw core::fatal_error{exit_code::usage, "there is no mail " + name + "; busbar mail render lists them"};
    const auto settings = settings_for_preview(configuration.values);
    const auto mail = email::preview(settings, name, values_for(command, email::sample_values(settings, name)));
    if (command.as_json)
        print_json({{"subject", mail.subject}, {"text", mail.text}, {"html", mail.html}, {"message", mail.message}});
    else if (options.part == "subject")
        print(mail.subject + "\n");
    else
        print(options.part == "text" ? mail.text : options.part == "html" ? mail.html : mail.message);
    return exit_code::done;
}

}  // namespace app
