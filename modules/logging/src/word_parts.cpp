#include "word_parts.hpp"

#include <algorithm>

namespace logging::word_parts {
namespace {

constexpr std::string_view letters = "abcdefgh";

// The letter that no part has; empty when all are taken.
std::string free_letter(const std::vector<part>& parts) {
    for (const char letter : letters)
        if (std::ranges::find(parts, std::string{letter}, &part::letter) == parts.end()) return std::string{letter};
    return {};
}

}  // namespace

std::vector<part> all(storage::reader& reader) {
    std::vector<part> parts;
    for (auto& [letter, first, bytes, filled] :
         reader.query_all<std::string, std::int64_t, std::int64_t, std::optional<std::int64_t>>(
             "SELECT letter, first_id, bytes, filled FROM word_parts ORDER BY first_id DESC"))
        parts.push_back({std::move(letter), first, bytes, filled});
    return parts;
}

adder::adder(storage::transaction& transaction, const limits& limits)
    : transaction_{transaction}, limits_{limits}, parts_{all(transaction)} {}

void adder::add(std::int64_t id, std::string_view words) {
    const auto& newest = parts_.front();
    if (id > newest.first && newest.bytes > 0 && (newest.bytes >= limits_.bytes || id - newest.first >= limits_.ids))
        begin_part(id);
    // What comes late goes where its time belongs.
    auto part = std::ranges::find_if(parts_, [id](const auto& one) { return one.first <= id; });
    if (part == parts_.end()) --part;
    if (!part->takes(id)) return;
    transaction_.execute("INSERT INTO " + part->table() + " (rowid, text) VALUES (?1, ?2)", id, words);
    part->bytes += static_cast<std::int64_t>(words.size());
}

// While no letter is free the newest goes on: retention is behind.
void adder::begin_part(std::int64_t first) {
    auto letter = free_letter(parts_);
    if (letter.empty()) return;
    transaction_.execute("INSERT INTO word_parts (letter, first_id, bytes) VALUES (?1, ?2, 0)", letter, first);
    parts_.insert(parts_.begin(), {std::move(letter), first, 0, std::nullopt});
}

void adder::finish() {
    for (const auto& part : parts_)
        transaction_.execute("UPDATE word_parts SET bytes = ?2 WHERE letter = ?1 AND bytes <> ?2", part.letter,
                             part.bytes);
}

void remove_before(storage::transaction& transaction, std::int64_t oldest) {
    const auto parts = all(transaction);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i - 1].first > oldest) continue;
        transaction.execute("INSERT INTO " + parts[i].table() + " (" + parts[i].table() + ") VALUES ('delete-all')");
        transaction.execute("DELETE FROM word_parts WHERE letter = ?1", parts[i].letter);
    }
}

}  // namespace logging::word_parts
