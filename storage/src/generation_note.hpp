#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace storage {

// What stands beside a database file in <name>.generation: how often that was opened, and the newest epoch of its log.
// It is written after the file, so it is ahead of the file only when the file went back.
struct generation_note {
    std::int64_t generation = 0;
    std::int64_t epoch = 0;

    bool operator==(const generation_note&) const = default;
};

// Nothing when there is none, or none that can be read: then nothing is known, as before the first opening.
[[nodiscard]] std::optional<generation_note> read_note(const std::filesystem::path& path);

// Aside and renamed, so that there is always a whole one. It isn't synced: one that is too old does no harm.
// Throws std::system_error.
void write_note(const std::filesystem::path& path, const generation_note& note);

}  // namespace storage
