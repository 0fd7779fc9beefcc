#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <storage/error.hpp>
#include <storage/statement.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "checkpoint_schedule.hpp"

namespace storage {

enum class open_mode { read_only, read_write, create };

// An open SQLite connection and its prepared statements. One thread at a time.
class connection {
public:
    connection(const std::filesystem::path& file, open_mode mode);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    // Several statements without values, as in a migration or a PRAGMA.
    void run(const std::string& sql);
    // The kept statement for this text.
    [[nodiscard]] statement& prepared(std::string_view sql);
    [[nodiscard]] std::int64_t changes() const;
    // False inside a transaction; SQLite ends one by itself after some errors.
    [[nodiscard]] bool autocommit() const;
    // From here on the WAL is copied into the file by checkpoint() alone, and wal_pages() is known after each commit.
    void take_over_checkpoints() noexcept;
    [[nodiscard]] std::size_t wal_pages() const noexcept { return wal_pages_; }
    // That searches keep it from copying all is no error.
    void checkpoint(checkpoint_kind kind);
    // Else the last connection that closes copies the WAL into the file and deletes it.
    void keep_wal() noexcept;
    [[nodiscard]] sqlite3& handle() const noexcept { return *handle_; }

private:
    // SQL is long, and differs in its length or at its end.
    struct text_hash {
        using is_transparent = void;
        static constexpr std::size_t hashed = 24;
        std::size_t operator()(std::string_view text) const noexcept {
            const auto end = text.substr(text.size() - std::min(text.size(), hashed));
            return std::hash<std::string_view>{}(end) ^ text.size();
        }
    };
    sqlite3* handle_ = nullptr;
    std::size_t wal_pages_ = 0;
    std::unordered_map<std::string, std::unique_ptr<statement>, text_hash, std::equal_to<>> statements_;
};

// The error that the connection reports now.
[[nodiscard]] error last_error(sqlite3& connection, std::string_view doing);

}  // namespace storage
