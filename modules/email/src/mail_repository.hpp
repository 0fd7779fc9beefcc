#pragma once

#include <cstddef>
#include <cstdint>
#include <email/messages.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

#include "mail.hpp"

// The SQL of this module. Functions that take a reader run anywhere, those that take a transaction on the writer
// thread.
namespace email::mail_repository {

void insert(storage::transaction& transaction, const new_mail& mail, const std::string& raw);

[[nodiscard]] std::optional<email_view> find(storage::reader& reader, const std::string& id);
[[nodiscard]] std::optional<std::string> find_raw(storage::reader& reader, const std::string& id);
// `receiver_key`: core::email_address::key. `query` has been validated.
[[nodiscard]] email_page search(storage::reader& reader, const search_emails& query,
                                const std::optional<std::string>& receiver_key);

[[nodiscard]] bool has_due(storage::reader& reader, core::timestamp now);
[[nodiscard]] std::optional<core::timestamp> next_due(storage::reader& reader);

// Takes the mail that has been due for longest and notes that it is being sent.
[[nodiscard]] std::optional<claimed_mail> claim(storage::transaction& transaction);

void note_sent(storage::transaction& transaction, const claimed_mail& mail, const std::optional<masked_copy>& masked);
void note_failed(storage::transaction& transaction, std::int64_t sequence, const std::string& error);
// `attempts`: as it shall stand.
void note_deferred(storage::transaction& transaction, const claimed_mail& mail, std::int64_t attempts,
                   const std::string& error, core::timestamp next_attempt_at);

// Marks up to `most` due mails as captured; returns how many.
std::int64_t capture_due(storage::transaction& transaction, std::size_t most);
// All mails of this receiver. `receiver_key`: core::email_address::key.
void erase_receiver(storage::transaction& transaction, const std::string& receiver_key);
// What was being sent when the process ended is due again. Returns how many.
std::int64_t requeue_interrupted(storage::transaction& transaction);

struct expired_mail {
    std::int64_t sequence = 0;
    std::string id;
    std::int64_t attempts = 0;
    std::vector<std::string> to;
};
// Queued mails made before `time`, the oldest first.
[[nodiscard]] std::vector<expired_mail> created_before(storage::transaction& transaction, core::timestamp time,
                                                       std::size_t most);

}  // namespace email::mail_repository
