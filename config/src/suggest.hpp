#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace config {

// Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other
// (Damerau-Levenshtein, restricted).
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

// The known word that was most likely meant; empty when none is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

// "; did you mean X?", or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace config
