#pragma once

#include <cstddef>
#include <cstdint>
#include <email/messages.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mail.hpp"

// The SQL of this module. Functions that take a reader run anywhere, those that take a transaction on the writer
// thread.
namespace email::mail_repository {

void insert(storage::transaction& transaction, const new_mail& mail, const std::string& raw);

[[nodiscard]] std::optional<email_view> find(storage::reader& reader, const std::string& id);
[[nodiscard]] std::optional<std::string> find_raw(storage::reader& reader, const std::string& id);
// All that is given has to hold.
struct filter {
    std::optional<std::string> receiver_key{};  // core::email_address::key
    std::optional<std::string> status{};
    std::optional<std::string> words{};  // storage::match_all_words()
};
// Newest first. `page` from 1.
[[nodiscard]] email_page search(storage::reader& reader, const filter& wanted, std::int64_t page, std::int64_t size);

// Makes a failed mail due, for those for whom it failed, or one that waits; nothing happens to others. Returns what it
// was; nothing when there is none.
[[nodiscard]] std::optional<std::string> queue_again(storage::transaction& transaction, const std::string& id);

[[nodiscard]] bool has_due(storage::reader& reader, core::timestamp now);
[[nodiscard]] std::optional<core::timestamp> next_due(storage::reader& reader);

// Takes the mail that has been due for longest and notes that it is being sent.
[[nodiscard]] std::optional<claimed_mail> claim(storage::transaction& transaction);

// `status`: pending, sent, failed. `address` as the envelope had it.
void note_recipient(storage::transaction& transaction, std::int64_t sequence, const std::string& address,
                    std::string_view status, const std::string& reply);
// A server took it for somebody.
void note_taken(storage::transaction& transaction, std::int64_t sequence);
// Nobody of its recipients is waiting any more. It has failed when it did for one of them; `error` is kept then.
void note_finished(storage::transaction& transaction, const claimed_mail& mail, const std::string& error,
                   const std::optional<masked_copy>& masked);
// For all who still wait for it.
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
    std::vector<std::string> to;  // who still waits for it
};
// Mails queued before `time`, the oldest first.
[[nodiscard]] std::vector<expired_mail> queued_before(storage::transaction& transaction, core::timestamp time,
                                                      std::size_t most);

}  // namespace email::mail_repository
