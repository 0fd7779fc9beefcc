#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mail.hpp"
#include "smtp_outcome.hpp"
#include "smtp_routes.hpp"

// The SQL of the queue. Each recipient of a mail stands in it for itself, in the line of its server; those of one mail
// and one server that are due go together. Servers are named as smtp_routes does. Functions that take a reader run
// anywhere, those that take a transaction on the writer thread.
namespace email::delivery_rows {

// At the start: what was being sent when the process ended is due again, and all who wait go where the routes say now.
// Returns how many were being sent.
std::int64_t take_up(storage::transaction& transaction, const smtp_routes& routes);

// Lets those that wait, of one mail or of all, go where the settings say now.
void route(storage::transaction& transaction, const smtp_routes& routes, std::optional<std::int64_t> only);

[[nodiscard]] bool has_due(storage::reader& reader, const std::string& server, core::timestamp now);
[[nodiscard]] std::optional<core::timestamp> next_due(storage::reader& reader, const std::string& server);

enum class line : std::uint8_t { first_attempts, repeats };
// Takes the mail that has been due for longest in one of the two lines, in the other when there is none in this, and
// notes that it is being sent.
[[nodiscard]] std::optional<claimed_mail> claim(storage::transaction& transaction, const std::string& server,
                                                line preferred);

// It was not deleted meanwhile; its sequence may be another mail's then.
[[nodiscard]] bool is_there(storage::reader& reader, const claimed_mail& mail);
// None of its recipients was erased meanwhile.
[[nodiscard]] bool has_all_recipients(storage::reader& reader, const claimed_mail& mail);

// For one recipient of a claimed mail, `index` of its envelope. `status`: sent, captured, failed.
void note_ended(storage::transaction& transaction, const claimed_mail& mail, std::size_t index, std::string_view status,
                const std::string& reply);
void note_waiting(storage::transaction& transaction, const claimed_mail& mail, std::size_t index,
                  const std::string& reply, core::timestamp next_attempt_at);
// All of them are due again at once, as if they had not been claimed when `is_uncounted`.
void give_back(storage::transaction& transaction, const claimed_mail& mail, bool is_uncounted,
               const std::string& error);
// Says of the whole mail what its recipients come to: it is being sent, waits, has failed for
// one of them, was sent, or was kept here.
// `error` is what people read of this attempt, `masked` replaces a mail that has reached all.
void sum_up(storage::transaction& transaction, std::int64_t sequence, const std::string& error,
            const std::optional<masked_copy>& masked);
// A server took it for somebody.
void note_taken(storage::transaction& transaction, std::int64_t sequence);
// Of each server the last few are kept.
void keep_transcript(storage::transaction& transaction, const claimed_mail& mail, const smtp_attempt& attempt);

// What waits or is under way: so many mails, and since when the oldest has done so. Reads an index that has a line for
// each of them.
struct queue_size {
    std::int64_t queued = 0;
    std::int64_t sending = 0;
    std::optional<core::timestamp> oldest{};
};
[[nodiscard]] queue_size measure(storage::reader& reader);

// Makes a failed mail due, for those for whom it failed, or one that waits; nothing happens to others. Returns what it
// was; nothing when there is none.
[[nodiscard]] std::optional<std::string> queue_again(storage::transaction& transaction, const smtp_routes& routes,
                                                     const std::string& id);

// A mail that is in the queue is kept here instead.
void keep(storage::transaction& transaction, const std::string& id);

// Makes a captured mail due at a server, for those for whom it was kept.
enum class release_outcome : std::uint8_t { released, unknown, not_captured, not_allowed, no_server };
struct release_result {
    release_outcome outcome = release_outcome::released;
    std::string reason{};  // the status of what is not captured; whom it may not go to, or has no server for
};
[[nodiscard]] release_result release(storage::transaction& transaction, const smtp_routes& routes,
                                     const std::string& id);

// Marks up to `most` mails that go to no server as captured, whatever the clock says: there is nothing to wait for.
// Returns for how many recipients.
std::int64_t capture_some(storage::transaction& transaction, std::size_t most);

// A mail that waited for too long, and for whom; these have failed with `error`.
struct expired_mail {
    std::string id;
    std::int64_t attempts = 0;
    std::vector<std::string> to;
};
// Those of a server that were queued before `time`.
[[nodiscard]] std::vector<expired_mail> expire(storage::transaction& transaction, const std::string& server,
                                               core::timestamp time, const std::string& error, std::size_t most);

}  // namespace email::delivery_rows
