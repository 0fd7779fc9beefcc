#include "search_expression.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "words.hpp"

namespace logging {
namespace {

constexpr std::size_t most_parts = 32;
constexpr std::string_view blanks = " \t\r\n\f\v";
constexpr std::string_view no_entry = "\"\uE000\"";  // a token that no entry has
constexpr std::array<std::string_view, 2> exact_fields{"module", "trace_id"};

// One part of what was typed.
struct part {
    bool is_excluded = false;
    std::string_view field{};  // empty: in any
    bool has_field = false;
    std::string_view text{};
    bool is_quoted = false;
};

bool is_field_name(std::string_view text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    };
    return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
    });
}

// https://example.org is an address and no field.
void take_field(std::string_view& rest, part& part) {
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos || !is_field_name(rest.substr(0, colon))) return;
    if (rest.substr(colon + 1).starts_with("//")) return;
    part.field = rest.substr(0, colon);
    part.has_field = true;
    rest.remove_prefix(colon + 1);
}

void take_text(std::string_view& rest, part& part) {
    part.is_quoted = rest.starts_with('"');
    if (part.is_quoted) {
        rest.remove_prefix(1);
        part.text = rest.substr(0, rest.find('"'));
        rest.remove_prefix(std::min(part.text.size() + 1, rest.size()));
    } else {
        part.text = rest.substr(0, rest.find_first_of(blanks));
        // A quote in the midst begins a part of its own.
        part.text = part.text.substr(0, part.text.find('"'));
        rest.remove_prefix(part.text.size());
    }
}

std::vector<part> parts_of(std::string_view typed) {
    std::vector<part> parts;
    while (parts.size() < most_parts) {
        typed.remove_prefix(std::min(typed.find_first_not_of(blanks), typed.size()));
        if (typed.empty()) break;
        part part;
        part.is_excluded = typed.size() > 1 && typed.front() == '-' && !blanks.contains(typed[1]);
        if (part.is_excluded) typed.remove_prefix(1);
        take_field(typed, part);
        take_text(typed, part);
        parts.push_back(part);
    }
    return parts;
}

// A string of FTS5. There is no quote in it: words have none, nor has what stands for a field.
std::string fts_string(std::string_view text, bool is_prefix = false) {
    return '"' + std::string{text} + (is_prefix ? "\"*" : "\"");
}

void join(std::string& expression, std::string_view operation, std::string_view more) {
    if (!expression.empty()) expression += operation;
    expression += more;
}

// To FTS5 strings that stand side by side are all meant, and one without a word, such as an arrow, means nothing.
void also(std::string& strings, std::string_view more) { join(strings, " ", more); }

std::string exact(std::string_view field, std::string_view value) {
    std::string token;
    words::append_exact_token(token, field, value);
    return fts_string(token);
}

std::string level_among(std::string_view list) {
    std::string any;
    while (!list.empty()) {
        const auto level = list.substr(0, list.find(','));
        list.remove_prefix(std::min(level.size() + 1, list.size()));
        if (!level.empty()) join(any, " OR ", exact("level", level));
    }
    return '(' + any + ')';
}

std::string in_field(const part& part) {
    const bool is_prefix = !part.is_quoted && part.text.ends_with('*');
    auto rest = part.text;
    std::string all;
    for (auto word = words::take(rest); !word.empty(); word = words::take(rest)) {
        std::string token;
        words::append_token(token, part.field, word);
        also(all, fts_string(token, is_prefix && rest == "*"));
    }
    if (!all.empty()) return all;
    std::string token;
    words::append_token(token, part.field, "");
    return fts_string(token, true);
}

std::string anywhere(const part& part) {
    auto rest = part.text;
    std::string all;
    for (auto word = words::take(rest); !word.empty(); word = words::take(rest)) {
        std::string text;
        words::append(text, word);
        if (part.is_quoted)
            also(all, text);
        else
            also(all, fts_string(text, true));
    }
    return part.is_quoted && !all.empty() ? fts_string(all) : all;
}

// An expression of FTS5 as it grows: AND and NOT are for what stands in brackets.
struct terms {
    std::string strings{};
    std::string groups{};
    std::string unwanted{};

    void add_group(std::string_view group) { join(groups, " AND ", group); }
    void add(const part& part) {
        const bool is_level = part.field == "level";
        const auto text = is_level ? level_among(part.text) : strings_of(part);
        if (text.empty() || text == "()") return;
        if (part.is_excluded)
            join(unwanted, " OR ", '(' + text + ')');
        else if (is_level)
            add_group(text);
        else
            also(strings, text);
    }
    [[nodiscard]] bool is_empty() const { return strings.empty() && groups.empty() && unwanted.empty(); }

private:
    static std::string strings_of(const part& part) {
        if (std::ranges::find(exact_fields, part.field) != exact_fields.end()) return exact(part.field, part.text);
        // The words of an entry's name are not told apart from those of its values.
        return part.has_field && part.field != "name" ? in_field(part) : anywhere(part);
    }
};

}  // namespace

std::optional<std::string> expression_of(const entry_filter& filter) {
    terms terms;
    if (const auto typed = filter.search ? std::string_view{*filter.search} : std::string_view{};
        typed.find_first_not_of(blanks) != std::string_view::npos) {
        for (const auto& part : parts_of(typed)) terms.add(part);
        // Punctuation alone is in no entry: that is nearer to what was asked for than all of them.
        if (terms.is_empty()) also(terms.strings, no_entry);
    }
    if (filter.trace_id) also(terms.strings, exact("trace_id", *filter.trace_id));
    if (filter.module) also(terms.strings, exact("module", *filter.module));
    if (filter.level) terms.add_group(level_among(*filter.level));
    if (terms.is_empty()) return std::nullopt;
    // FTS5 knows no bare NOT; every entry has a level.
    if (terms.strings.empty() && terms.groups.empty()) terms.add_group(level_among("DEBUG,INFO,WARNING,ERROR"));
    auto wanted = std::move(terms.strings);
    if (!terms.groups.empty()) join(wanted, " AND ", terms.groups);
    if (!terms.unwanted.empty()) wanted = '(' + wanted + ") NOT (" + terms.unwanted + ')';
    return wanted;
}

}  // namespace logging
