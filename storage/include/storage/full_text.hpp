#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace storage {

// What a person typed as an expression for FTS5's MATCH: every word has to be there, each as the beginning of one. All
// that FTS5 gives a meaning (quotes, *, NEAR, column names) is a character like any other. None when there is no word
// in it; of more than 32 words the first 32 count. Words are what blanks separate.
[[nodiscard]] std::optional<std::string> match_all_words(std::string_view typed);

}  // namespace storage
