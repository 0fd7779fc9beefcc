#pragma once

#include <config/parse.hpp>
#include <config/settings.hpp>
#include <span>
#include <string>
#include <string_view>

namespace config {

enum class shape : std::uint8_t { text, number, list };  // how a value is written in JSON

// One thing that can be set. Loading, `busbar config`, the flags of `serve` and the default file all come from this.
struct setting {
    std::string_view key;            // section.name, or a bare name
    std::string_view flag;           // with its dashes; empty: no flag
    std::string_view placeholder;    // for the help of the flag
    std::string_view default_value;  // as an operator would write it
    std::string_view description;    // one sentence
    shape written = shape::text;
    bool secret = false;  // may hold one: masked wherever it is shown, and can be given as a file
    parsed<void> (*store)(settings&, std::string_view) = nullptr;
    std::string_view common_variable{};  // of the environment, that other programs take too; the own one counts more
};

// Static storage.
[[nodiscard]] std::span<const setting> table();

// By the rule: section.key is BUSBAR_SECTION_KEY.
[[nodiscard]] std::string environment_name(std::string_view key);

// The default file: every key with its default, its flag and its environment variable. config/busbar.default.json is
// this text.
[[nodiscard]] std::string commented_defaults();

}  // namespace config
