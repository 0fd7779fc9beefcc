#pragma once

#include <core/clock.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

// What commands have in common on their way to the terminal.
namespace app {

// Writes to standard output. False when nobody reads it any more.
bool print(std::string_view text);
// One line.
bool print_json(const nlohmann::ordered_json& value);

// A field as people read it: text bare, anything else as JSON, nothing for null.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json& object, const char* field);
// Of texts.
[[nodiscard]] std::string joined(const nlohmann::ordered_json& texts);

// JSON from a file, or for - from standard input. Throws core::fatal_error (usage) that names `flag`.
[[nodiscard]] nlohmann::ordered_json read_json(const std::string& file, const char* flag);

// A time (RFC 3339), or an age such as 1h before `now`, as a time. Throws core::fatal_error (usage) that names `flag`.
[[nodiscard]] std::string read_time(const std::string& text, const char* flag, core::timestamp now);

}  // namespace app
