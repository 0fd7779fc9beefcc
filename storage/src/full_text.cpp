#include <algorithm>
#include <storage/full_text.hpp>

namespace storage {
namespace {

constexpr std::size_t most_words = 32;
constexpr std::string_view blanks = " \t\r\n\f\v";

// What FTS5's tokenizer finds something in; letters beyond ASCII among it.
bool has_text(std::string_view word) {
    return std::ranges::any_of(word, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               static_cast<unsigned char>(c) >= 0x80;
    });
}

// A string of FTS5: quotes around it, and those within are doubled. NUL would end the expression.
void append_prefix(std::string& expression, std::string_view word) {
    if (!expression.empty()) expression += ' ';
    expression += '"';
    for (const char c : word) {
        if (c == '\0') continue;
        if (c == '"') expression += '"';
        expression += c;
    }
    expression += "\"*";
}

}  // namespace

std::optional<std::string> match_all_words(std::string_view typed) {
    std::string expression;
    std::size_t words = 0;
    while (words < most_words) {
        const auto begin = typed.find_first_not_of(blanks);
        if (begin == std::string_view::npos) break;
        typed.remove_prefix(begin);
        const auto word = typed.substr(0, typed.find_first_of(blanks));
        typed.remove_prefix(word.size());
        if (!has_text(word)) continue;
        append_prefix(expression, word);
        ++words;
    }
    if (expression.empty()) return std::nullopt;
    return expression;
}

}  // namespace storage
