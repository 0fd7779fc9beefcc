#pragma once

#include <logging/messages.hpp>
#include <string>
#include <string_view>

// The words that entries are found by: pieces of text between blanks and punctuation. A UUID is one word, or each would
// be five that are in no other entry.
//
// Besides, each field has a token for every word of its value, and so have module, level and trace id: a mark, the
// field, a mark, the word. The marks are of Unicode's private use area, which no text gets into the index by itself, so
// no entry can pass for one of another level. They are letters to FTS5's tokenizer.
namespace logging::words {

// Removes the next word from the front of `rest`; empty when there is none.
[[nodiscard]] std::string_view take(std::string_view& rest);

void append(std::string& out, std::string_view word);
// `field`: the path in the data, such as user.id. With an empty word it is how every token of that field begins.
void append_token(std::string& out, std::string_view field, std::string_view word);
// Of the whole value as one word, whatever it consists of; without case.
void append_exact_token(std::string& out, std::string_view field, std::string_view value);

// What the index gets for an entry: numbers with a fraction are left out, as is what follows the first 500 words.
[[nodiscard]] std::string of(const entry_recorded& entry);

}  // namespace logging::words
