#pragma once

#include <chrono>
#include <config/load.hpp>
#include <filesystem>
#include <optional>
#include <string>

namespace app {

enum class command_name { help, version, serve, config, migrate, token, health };

struct command {
    command_name name = command_name::help;
    std::string text{};  // of help or version
    config::sources settings{};
    std::optional<std::filesystem::path> ready_file{};
    bool as_json = false;
    bool check = false;                                            // config
    bool status = false;                                           // migrate
    bool rotate = false;                                           // token
    bool wait = false;                                             // health
    std::chrono::milliseconds timeout = std::chrono::seconds{30};  // health --wait
};

// Throws core::fatal_error (usage). Reads the environment for the settings.
[[nodiscard]] command parse_command_line(int count, char** arguments);

}  // namespace app
