#pragma once

#include <cstdint>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>
#include <vector>

// The index of words, in parts that follow one another by id: entries come in at its end and go at its beginning, and
// the oldest part is emptied as a whole.
namespace logging::word_parts {

struct part {
    std::string letter;
    std::int64_t first = 0;  // id; the part ends where the next one begins
    std::int64_t bytes = 0;  // of the texts in it
    std::optional<std::int64_t> filled{};

    [[nodiscard]] std::string table() const { return "words_" + letter; }
    // Whether an entry's words are in it, or come when it is filled.
    [[nodiscard]] bool takes(std::int64_t id) const { return !filled || id <= *filled; }
};

// Newest first; there is always one.
[[nodiscard]] std::vector<part> all(storage::reader& reader);

// The newest part ends when it has so many bytes, or when an id is so far from its first.
struct limits {
    std::int64_t bytes = 0;
    std::int64_t ids = 0;
};

// Puts the words of entries in, within one transaction.
class adder {
public:
    adder(storage::transaction& transaction, const limits& limits);
    adder(const adder&) = delete;
    adder& operator=(const adder&) = delete;
    // Ids that ascend are much cheaper than others.
    void add(std::int64_t id, std::string_view words);
    // Notes what was added. Once, at the end.
    void finish();

private:
    void begin_part(std::int64_t first);

    storage::transaction& transaction_;
    limits limits_;
    std::vector<part> parts_;
};

// Empties the parts whose entries are all gone: those before `oldest`.
void remove_before(storage::transaction& transaction, std::int64_t oldest);

}  // namespace logging::word_parts
