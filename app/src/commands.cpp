#include "commands.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <email/dkim.hpp>
#include <email/preview.hpp>
#include <nlohmann/json.hpp>
#include <storage/data_directory.hpp>
#include <storage/schema.hpp>

#include "admin_token.hpp"
#include "module_databases.hpp"
#include "module_settings.hpp"
#include "operations.hpp"
#include "output.hpp"

namespace app {
namespace {

// Nothing that Busbar writes is for other users, and a core file would hold passwords. The limit alone does not do: a
// handler of core dumps (systemd's, apport) gets the memory all the same.
void protect_secrets() {
    ::umask(077);
    const struct rlimit none{};
    if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0)
        std::perror("busbar: core dumps cannot be switched off");
    std::signal(SIGPIPE, SIG_IGN);
}

void check_mail_templates(const config::settings& settings) {
    if (std::ranges::find(settings.modules, "email") != settings.modules.end())
        email::check_templates(settings.email.templates_dir.string());
}

core::exit_code print_configuration(const command& command, const config::loaded& configuration) {
    if (configuration.values.http.has_tls() && command.check)
        std::ignore = web::tls_identity{tls_files_of(configuration.values)};
    const auto mails = email_settings_of(configuration.values, {});
    if (mails.dkim && command.check) std::ignore = email::dkim_record_for(mails);
    if (command.check) check_mail_templates(configuration.values);
    if (!command.check) print(config::effective(configuration).dump(4) + "\n");
    return core::exit_code::done;
}

}  // namespace

core::exit_code run(const command& command) {
    protect_secrets();
    if (command.name == command_name::help || command.name == command_name::version) {
        std::fputs(command.text.c_str(), stdout);
        return core::exit_code::done;
    }
    const auto configuration = config::load(command.settings);
    switch (command.name) {
        case command_name::serve:
            check_mail_templates(configuration.values);  // before anything is made
            return serve(command, configuration);
        case command_name::config:
            return print_configuration(command, configuration);
        case command_name::migrate:
            return migrate(command, configuration);
        case command_name::token:
            return print_token(command, configuration);
        case command_name::console:
            return print_console_link(command, configuration);
        case command_name::check:
            return check_everything(command, configuration);
        case command_name::health:
            return check_health(command, configuration);
        case command_name::dead_letters:
            return list_dead_letters(command, configuration);
        case command_name::show_dead_letter:
            return show_dead_letter(command, configuration);
        case command_name::retry_dead_letters:
            return retry_dead_letters(command, configuration);
        case command_name::drop_dead_letter:
            return drop_dead_letter(command, configuration);
        case command_name::events:
            return show_events(command, configuration);
        case command_name::replay:
            return replay_events(command, configuration);
        case command_name::bus:
            return show_bus(command, configuration);
        case command_name::users:
            return list_users(command, configuration);
        case command_name::disable_user:
        case command_name::enable_user:
        case command_name::end_sessions:
            return change_user(command, configuration);
        case command_name::mails:
            return list_mails(command, configuration);
        case command_name::show_mail:
            return show_mail(command, configuration);
        case command_name::retry_mails:
            return retry_mails(command, configuration);
        case command_name::release_mails:
            return release_mails(command, configuration);
        case command_name::test_mail:
            return send_test_mail(command, configuration);
        case command_name::verify_products:
            return verify_products(command, configuration);
        case command_name::rebuild_products:
            return rebuild_products(command, configuration);
        case command_name::export_products:
            return export_products(command, configuration);
        case command_name::import_products:
            return import_products(command, configuration);
        case command_name::traces:
            return list_traces(command, configuration);
        case command_name::show_trace:
            return show_trace(command, configuration);
        case command_name::explain_trace:
            return explain_trace(command, configuration);
        case command_name::dkim_record:
            return print_dkim_record(command, configuration);
        case command_name::render_mail:
            return render_mail(command, configuration);
        case command_name::search_log:
            return search_log(command, configuration);
        case command_name::follow_log:
            return follow_log(command, configuration);
        case command_name::log_levels:
            return log_levels(command, configuration);
        case command_name::help:
        case command_name::version:
            break;
    }
    return core::exit_code::usage;
}

core::exit_code migrate(const command& command, const config::loaded& configuration) {
    const core::system_clock clock;
    const auto settings = database_settings_of(configuration.values);
    auto report = nlohmann::ordered_json::array();
    std::string text;
    if (!command.status) {
        const storage::data_directory held{configuration.values.data.dir};
        for (const auto& one : settings) storage::migrate(one, clock.now());
    }
    for (const auto& one : settings) {
        for (const auto& migration : storage::schema_status(one)) {
            report.push_back({{"database", one.name},
                              {"component", migration.component},
                              {"migration", migration.name},
                              {"applied", migration.is_applied}});
            text += (migration.is_applied ? "applied  " : "pending  ") + one.name + "  " + migration.component + "/" +
                    migration.name + "\n";
        }
    }
    std::fputs(command.as_json ? (report.dump() + "\n").c_str() : text.c_str(), stdout);
    return core::exit_code::done;
}

core::exit_code print_token(const command& command, const config::loaded& configuration) {
    admin_token token{configuration.values.data.dir};
    if (command.rotate)
        token.rotate();
    else
        token.ensure();
    print((command.as_json ? nlohmann::json{{"token", token.current()}}.dump() : token.current()) + "\n");
    return core::exit_code::done;
}

}  // namespace app
