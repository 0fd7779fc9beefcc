#pragma once

#include <cstddef>
#include <string_view>

namespace core {

// How many bytes at the beginning of the text must reach neither a terminal nor a reader of lines: a control character
// (C0, DEL, C1), a separator of lines or paragraphs, a mark that turns the direction of writing. 0: none of them.
[[nodiscard]] std::size_t unprintable(std::string_view text) noexcept;

}  // namespace core
