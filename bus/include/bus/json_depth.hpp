#pragma once

#include <cstddef>
#include <string_view>

namespace bus {

// Whether arrays and objects are nested deeper than `most`, seen without parsing. The library parses any depth, but
// copies and writes by recursion: what comes from outside is looked at first, or a few kilobytes of brackets end the
// process.
[[nodiscard]] bool is_nested_deeper(std::string_view json, std::size_t most);

// Of a message. What operators are shown of one is within another message, so it has to be less deep.
inline constexpr std::size_t deepest_message = 128;
inline constexpr std::size_t deepest_shown = 100;

}  // namespace bus
