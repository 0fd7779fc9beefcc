#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace config {

// One key of a configuration file, flattened: {"http": {"listen": …}} is http.listen.
struct file_entry {
    std::string key;
    std::string text;     // a list joined by commas, a number or boolean as it was written
    std::string place;    // "busbar.json:3:9", where the key begins
    std::string problem;  // what its value is when that can't be a setting: "an object", "null"; else empty
};

struct file_content {
    std::vector<file_entry> entries;    // in the order of the file
    std::vector<std::string> problems;  // with their places: syntax, keys given twice
};

// `name` stands in places and messages.
[[nodiscard]] file_content parse_file(std::string_view text, const std::string& name);

// Throws core::fatal_error (78) when it can't be read.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

}  // namespace config
