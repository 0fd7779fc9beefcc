#include "words.hpp"

#include <algorithm>
#include <core/hex.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace logging::words {
namespace {

constexpr std::string_view token_begins = "\uE000";
constexpr std::string_view word_begins = "\uE001";
constexpr std::string_view inner_mark = "\uE002";  // for what would separate words, within one token

constexpr std::size_t longest_word = 100;  // bytes; what follows is cut off
constexpr int most_words = 500;

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

unsigned byte_at(std::string_view text, std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

// Bytes of a separator at the beginning of the text; 0 when a word goes on there. Beyond ASCII these are the blank that
// does not break, punctuation in general (U+2000 to U+206F) and of CJK, and our own marks.
std::size_t separator(std::string_view text) {
    if (text.empty()) return 0;
    const auto first = byte_at(text, 0);
    const auto second = byte_at(text, 1);
    if (first < 0x80) return is_ascii_letter(text.front()) ? 0 : 1;
    if (first == 0xC2 && second == 0xA0) return 2;
    if (first == 0xE2 && (second == 0x80 || second == 0x81)) return std::min<std::size_t>(3, text.size());
    if (first == 0xE3 && second == 0x80 && byte_at(text, 2) < 0x84) return std::min<std::size_t>(3, text.size());
    if (first == 0xEE && second == 0x80 && byte_at(text, 2) <= 0x82) return std::min<std::size_t>(3, text.size());
    return 0;
}

bool begins_with_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'x' ? !is_hex_digit(text[i]) : text[i] != '-') return false;
    return text.size() == form.size() || separator(text.substr(form.size())) > 0;
}

std::size_t length_of_word(std::string_view text) {
    constexpr std::size_t length_of_uuid = 36;
    if (begins_with_uuid(text)) return length_of_uuid;
    std::size_t length = 0;
    while (length < text.size() && separator(text.substr(length)) == 0) ++length;
    return length;
}

std::string_view cut(std::string_view word) {
    if (word.size() <= longest_word) return word;
    std::size_t end = longest_word;
    while (end > 0 && (byte_at(word, end) & 0xC0U) == 0x80U) --end;
    return word.substr(0, end);
}

void append_field(std::string& out, std::string_view field) {
    field = cut(field);
    while (!field.empty()) {
        const auto width = separator(field);
        out += width > 0 ? inner_mark : field.substr(0, 1);
        field.remove_prefix(std::max<std::size_t>(width, 1));
    }
}

// Walks through the data as it is parsed, without a tree of it. What the library calls is what its interface demands.
class collector {
public:
    explicit collector(std::string& out) : out_{out} {}

    bool null() { return add_token("null"); }
    bool boolean(bool value) { return add_token(value ? "true" : "false"); }
    bool number_integer(std::int64_t value) { return add_text(std::to_string(value)); }
    bool number_unsigned(std::uint64_t value) { return add_text(std::to_string(value)); }
    bool number_float(double /*value*/, const std::string& /*text*/) { return go_on(); }
    bool string(const std::string& value) { return add_text(value); }
    bool binary(const std::vector<std::uint8_t>& /*value*/) { return go_on(); }
    bool start_object(std::size_t /*size*/) { return open(); }
    bool start_array(std::size_t /*size*/) { return open(); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(const std::string& name) {
        path_.resize(lengths_.back());
        if (!path_.empty()) path_ += '.';
        path_ += name;
        return go_on();
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const std::exception& /*failure*/) {
        return false;
    }

    bool add_words(std::string_view text) {
        for (auto word = take(text); !word.empty() && go_on(); word = take(text)) {
            append(out_, word);
            out_ += ' ';
            ++words_;
        }
        return go_on();
    }

private:
    [[nodiscard]] bool go_on() const { return words_ < most_words; }
    // An array's elements have its own path.
    bool open() {
        lengths_.push_back(path_.size());
        return go_on();
    }
    bool close() {
        path_.resize(lengths_.back());
        lengths_.pop_back();
        return go_on();
    }
    bool add_text(std::string_view text) {
        add_words(text);
        for (auto word = take(text); !word.empty() && go_on(); word = take(text)) add_token(word);
        return go_on();
    }
    bool add_token(std::string_view word) {
        if (!path_.empty()) {
            append_token(out_, path_, word);
            out_ += ' ';
            ++words_;
        }
        return go_on();
    }

    std::string& out_;
    std::string path_;
    std::vector<std::size_t> lengths_;
    int words_ = 0;
};

}  // namespace

std::string_view take(std::string_view& rest) {
    for (auto width = separator(rest); width > 0; width = separator(rest)) rest.remove_prefix(width);
    const auto word = rest.substr(0, length_of_word(rest));
    rest.remove_prefix(word.size());
    return cut(word);
}

void append(std::string& out, std::string_view word) {
    for (const char c : word)
        if (c == '-')
            out += inner_mark;
        else
            out += c;
}

void append_token(std::string& out, std::string_view field, std::string_view word) {
    out += token_begins;
    append_field(out, field);
    out += word_begins;
    append(out, word);
}

void append_exact_token(std::string& out, std::string_view field, std::string_view value) {
    append_token(out, field, "");
    for (const char c : value.substr(0, longest_word)) {
        if (is_ascii_letter(c)) {
            out += c;
        } else {
            out += inner_mark;
            out += core::to_hex(std::as_bytes(std::span{&c, 1}));
        }
    }
}

std::string of(const entry_recorded& entry) {
    std::string text;
    text.reserve(64 + entry.name.size() + entry.data.text.size() * 3);
    append_exact_token(text, "module", entry.module);
    text += ' ';
    append_exact_token(text, "level", entry.level);
    text += ' ';
    if (!entry.trace_id.empty()) append_exact_token(text, "trace_id", entry.trace_id);
    text += ' ';
    collector words{text};
    words.add_words(entry.name);
    nlohmann::json::sax_parse(entry.data.text, &words);
    return text;
}

}  // namespace logging::words
