#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <storage/event_record.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <utility>
#include <vector>

namespace storage {

// The name of the log of what programs sent that have none.
inline constexpr auto outside = "outside";

// A message of that id is in the log `outside`, and was not removed since.
[[nodiscard]] bool has_come_from_outside(reader& reader, const std::string& id);

// The copy of another module's event log, in the file of a module that follows it. Rows have the sequences and epochs
// of the original. All functions take the transaction or reader to work in.
class replica_log {
public:
    explicit replica_log(std::string log) : log_{std::move(log)} {}

    [[nodiscard]] const std::string& name() const noexcept { return log_; }

    // Everything up to here was copied; it may have been removed since. Nothing when there is no copy.
    [[nodiscard]] std::optional<std::int64_t> held(reader& reader) const;
    // 0 when there is no row.
    [[nodiscard]] std::int64_t first_sequence(reader& reader) const;
    [[nodiscard]] std::vector<event_record> events_after(reader& reader, std::int64_t sequence, std::size_t most) const;
    // Sequence and type of what comes after `after`, up to and with `up_to`.
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::string>> types_between(reader& reader, std::int64_t after,
                                                                                  std::int64_t up_to) const;
    [[nodiscard]] std::optional<std::int64_t> first_sequence_since(reader& reader, core::timestamp time) const;
    [[nodiscard]] std::vector<log_epoch> epochs(reader& reader) const;

    void append(transaction& transaction, const event_record& record) const;
    void set_held(transaction& transaction, std::int64_t sequence) const;
    // Replaces what is known of the epochs.
    void set_epochs(transaction& transaction, std::span<const log_epoch> epochs) const;
    void remove_after(transaction& transaction, std::int64_t sequence) const;
    // Removes rows up to and with `up_to` that are older than `older_than`, `most` at the utmost; returns how many.
    std::int64_t forget(transaction& transaction, std::int64_t up_to, core::timestamp older_than,
                        std::size_t most) const;

private:
    std::string log_;
};

}  // namespace storage
