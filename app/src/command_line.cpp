#include "command_line.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <config/parse.hpp>
#include <core/exit.hpp>

#include "command_list.hpp"

namespace app {
namespace {

using core::exit_code;
using core::fatal_error;

std::map<std::string, std::string> read_environment() {
    std::map<std::string, std::string> values;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view line{*entry};
        const auto equals = line.find('=');
        if (equals != std::string_view::npos) values.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return values;
}

std::chrono::milliseconds parse_timeout(const std::string& text) {
    const auto time = config::parse_duration(text);
    if (!time) throw fatal_error{exit_code::usage, "--timeout " + text + ": " + time.error()};
    return *time;
}

}  // namespace

command parse_command_line(int count, char** arguments) {
    command result;
    result.settings.environment = read_environment();

    CLI::App app{"Busbar: an event-driven application in one binary"};
    app.set_version_flag("--version", "busbar " BUSBAR_VERSION);
    app.require_subcommand(0, 1);
    std::string ready_file;
    std::string timeout = "30s";
    command_list commands{result};

    const auto add = [&](const char* name, const char* description, command_name which) {
        return commands.add(app, name, description, which);
    };
    auto* serve = add("serve", "Run the modules", command_name::serve);
    serve->add_option("--ready-file", ready_file, "Written when ready: pid and bound addresses as JSON")
        ->type_name("FILE");
    auto* config = add("config", "Print the configuration in force, secrets as ***", command_name::config);
    config->add_flag("--check", result.check, "Print nothing but what is wrong");
    config->add_flag("--json", result.as_json, "As JSON (it always is)");
    auto* migrate = add("migrate", "Bring the data to the schema of this version", command_name::migrate);
    migrate->add_flag("--status", result.status, "Only say what would be done");
    migrate->add_flag("--json", result.as_json, "As JSON");
    auto* token = add("token", "Print the admin token", command_name::token);
    token->add_flag("--rotate", result.rotate, "Make a new one first; the old one is void at once");
    token->add_flag("--json", result.as_json, "As JSON");
    add("check", "Look at settings, disk, ports, mail server and broker, and say how to mend what is wrong",
        command_name::check)
        ->add_flag("--json", result.as_json, "As JSON");
    auto* health = add("health", "0 when the server is ready, 1 when not", command_name::health);
    health->add_flag("--wait", result.wait, "Wait until it is ready");
    health->add_option("--timeout", timeout, "How long to wait")->capture_default_str();
    health->add_flag("--json", result.as_json, "As JSON");
    add_operations(app, commands);

    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForVersion& version) {
        result.name = command_name::version;
        result.text = std::string{version.what()} + "\n";
        return result;
    } catch (const CLI::CallForHelp&) {
        result.name = command_name::help;
        result.text = app.help();
        return result;
    } catch (const CLI::ParseError& wrong) {
        throw fatal_error{exit_code::usage, std::string{wrong.what()} + "\nTry busbar --help."};
    }
    if (app.get_subcommands().empty()) result.text = app.help();
    check_operation(result);
    result.timeout = parse_timeout(timeout);
    if (!ready_file.empty()) result.ready_file = ready_file;
    return result;
}

}  // namespace app
