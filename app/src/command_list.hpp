#pragma once

#include <CLI/CLI.hpp>
#include <config/load.hpp>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command_line.hpp"

namespace app {

// The flags of the settings, from the one table that knows them.
class setting_flags {
public:
    // All but `own`, a flag that the command has for itself; empty: none.
    void add_to(CLI::App& command, std::string_view own);
    void take(config::sources& sources) const;

private:
    std::string file_;
    std::deque<std::pair<std::string, std::string>> values_;  // CLI11 keeps references
    std::vector<CLI::Option*> options_;
};

// The commands, each with the flags of the settings. It and `result` outlive the parsing.
class command_list {
public:
    explicit command_list(command& result) : result_{result} {}

    // `own`: the flag of a setting that the command has no use for, and is to have for itself.
    CLI::App* add(CLI::App& parent, const char* name, const char* description, command_name which,
                  std::string_view own = {});
    [[nodiscard]] command& result() noexcept { return result_; }

private:
    command& result_;
    std::deque<setting_flags> flags_;
};

// The commands that ask a running server.
void add_operations(CLI::App& app, command_list& commands);
// What CLI11 cannot know to be wrong. Throws core::fatal_error (usage).
void check_operation(const command& command);

}  // namespace app
