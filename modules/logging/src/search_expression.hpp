#pragma once

#include <logging/messages.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace logging {

struct entry_filter {
    std::optional<std::string> module{};
    std::optional<std::string> level{};  // one or more, with commas
    std::optional<std::string> search{};
    std::optional<std::string> trace_id{};

    // Of a search_entries or follow_entries.
    template <class Message>
    [[nodiscard]] static entry_filter of(const Message& message) {
        return {message.module, message.level, message.search, message.trace_id};
    }
};

// What an operator asks for as an expression for MATCH over the words of entries (words.hpp): module, level and trace
// id exactly, and of what was typed all of
//
//     word          begins a word of the entry, in the name or any value
//     "some words"  these words one after the other
//     field:value   the value of that field has this word, whole; field:val* the beginning of it; field: any
//     -word         not with this word; likewise -"some words" and -field:value
//
// Any text is safe: what has no meaning here is punctuation between words. Of more than 32 parts the first 32 count.
//
// None when nothing was asked for: then every entry is meant.
[[nodiscard]] std::optional<std::string> expression_of(const entry_filter& filter);

}  // namespace logging
