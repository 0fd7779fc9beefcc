#pragma once

#include <cstdint>
#include <optional>
#include <storage/delivery_notes.hpp>
#include <string>
#include <vector>

// The dead letters of a module's file, for all its handlers.
namespace storage {

struct dead_letter {
    parked_event parked;
    std::string handler;
    std::string log;
    core::timestamp first_failed_at{};
    core::timestamp last_failed_at{};
    std::optional<std::string> original_data{};  // before a person edited it
};

// Newest failure first.
[[nodiscard]] std::vector<dead_letter> find_dead_letters(reader& reader, const std::optional<std::string>& handler,
                                                         std::int64_t offset, std::int64_t most);
[[nodiscard]] std::int64_t count_dead_letters(reader& reader, const std::optional<std::string>& handler);
[[nodiscard]] std::optional<dead_letter> find_dead_letter(reader& reader, std::int64_t id);

// All of them, oldest first.
[[nodiscard]] std::vector<std::int64_t> dead_letter_ids(reader& reader);

// Makes it a parked event that is due at once, with all attempts ahead of it; `data` replaces its payload. What it was
// is written down. False when it is no dead letter (any more).
[[nodiscard]] bool revive_dead_letter(transaction& transaction, std::int64_t id,
                                      const std::optional<std::string>& data);
// Deletes it and writes down what it was. False when it is no dead letter (any more).
[[nodiscard]] bool drop_dead_letter(transaction& transaction, std::int64_t id);

}  // namespace storage
