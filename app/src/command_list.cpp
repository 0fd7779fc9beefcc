#include "command_list.hpp"

#include <config/table.hpp>

namespace app {

void setting_flags::add_to(CLI::App& command, std::string_view own) {
    command.add_option("--config", file_, "Configuration file (JSON with comments)")->type_name("FILE");
    for (const auto& setting : config::table()) {
        if (setting.flag.empty() || setting.flag == own) continue;
        auto& value = values_.emplace_back(std::string{setting.flag}, std::string{});
        auto* option = command.add_option(value.first, value.second, std::string{setting.description});
        option->type_name(std::string{setting.placeholder});
        if (!setting.default_value.empty()) option->default_str(std::string{setting.default_value});
        options_.push_back(option);
    }
}

void setting_flags::take(config::sources& sources) const {
    if (!file_.empty()) sources.file = file_;
    for (std::size_t i = 0; i < options_.size(); ++i)
        if (options_[i]->count() > 0) sources.flags.push_back(values_[i]);
}

CLI::App* command_list::add(CLI::App& parent, const char* name, const char* description, command_name which,
                            std::string_view own) {
    auto* sub = parent.add_subcommand(name, description);
    auto& flags = flags_.emplace_back();
    flags.add_to(*sub, own);
    sub->callback([this, sub, &flags, which] {
        // A command that stands for itself may be a group too; its callback comes after that of what it groups.
        if (sub->get_subcommands().empty()) result_.name = which;
        flags.take(result_.settings);
    });
    return sub;
}

}  // namespace app
