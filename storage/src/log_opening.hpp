#pragma once

#include <core/runtime.hpp>
#include <cstdint>
#include <optional>
#include <storage/database.hpp>
#include <string_view>

#include "connection.hpp"
#include "generation_note.hpp"

namespace storage {

// What is known of a module's own log before it goes on.
struct opening_facts {
    std::int64_t epoch = 0;  // the newest that the file knows; 0 in a new file
    std::int64_t generation = 0;
    std::int64_t next_sequence = 1;
    bool was_closed_clean = true;
    bool had_wal = false;
    std::optional<generation_note> noted{};
};

enum class opening_alarm {
    none,
    went_back,    // the file is older than when it was last opened
    began_anew,   // the file is new, but there was one before
    wal_missing,  // the end was unclean, and what only the -wal held is gone
};

// Where the log goes on after the file was opened.
struct log_opening {
    std::int64_t epoch = 0;
    std::int64_t generation = 0;
    std::int64_t next_sequence = 1;
    std::string_view new_epoch_because{};  // empty when the epoch goes on
    opening_alarm alarm = opening_alarm::none;

    bool operator==(const log_opening&) const = default;
};

// A new epoch begins where rows that others have seen may be lost. Its number is greater than any that was ever given,
// whether the file knows of that or not.
[[nodiscard]] log_opening decide_opening(const opening_facts& facts);

// Decides and carries it out: the file is marked as open, in an epoch that may be new; the note beside it is renewed;
// what a person should know is logged. `had_wal`: there was a -wal before the file was opened.
[[nodiscard]] log_opening open_log(const core::runtime& runtime, const database_settings& settings,
                                   connection& connection, bool had_wal);

}  // namespace storage
