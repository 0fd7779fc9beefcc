#pragma once

#include <config/settings.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace config {

// Everything that load() looks at besides files: it reads neither argv nor the environment itself.
struct sources {
    std::optional<std::filesystem::path>
        file{};  // --config; else BUSBAR_CONFIG, else busbar.json in the working directory if there is one
    std::map<std::string, std::string> environment{};          // BUSBAR_… and the common variables of the table matter
    std::vector<std::pair<std::string, std::string>> flags{};  // "--listen" and its text, in any order
    std::filesystem::path working_directory{};                 // empty: the process's own
};

struct loaded {
    settings values;
    std::map<std::string, std::string> texts;   // key to its value as it was written; holds secrets
    std::optional<std::filesystem::path> file;  // the configuration file that was read
};

// Defaults, then file, then environment, then flags. Throws core::fatal_error with exit code 78 and *all* problems that
// it found, one a line, each with its place, key, value and what would be right. Changes nothing and opens nothing but
// the files named.
[[nodiscard]] loaded load(const sources& from);

// The values in force, in the form of the configuration file; secrets as ***. Can be printed and kept.
[[nodiscard]] nlohmann::ordered_json effective(const loaded& configuration);

}  // namespace config
