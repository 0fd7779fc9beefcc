#include "delivery_rows.hpp"
#include "mail_repository.hpp"
#include "mail_words.hpp"

namespace email::mail_repository {

// A mail that others may still get, by its retry or release too, is theirs: it keeps its text, and loses this receiver.
// What all others were sent already is only a record, and goes.
void erase_receiver(storage::transaction& transaction, const std::string& receiver_key) {
    transaction.execute(
        "DELETE FROM emails WHERE sequence IN (SELECT email FROM recipients WHERE key = ?1) AND "
        "NOT EXISTS (SELECT 1 FROM recipients WHERE email = sequence AND key <> ?1 AND status <> 'sent')",
        receiver_key);
    const auto left = transaction.query_all<std::int64_t>("SELECT email FROM recipients WHERE key = ?1", receiver_key);
    transaction.execute("DELETE FROM transcripts WHERE email IN (SELECT email FROM recipients WHERE key = ?1)",
                        receiver_key);
    transaction.execute("DELETE FROM recipients WHERE key = ?1", receiver_key);
    for (const auto sequence : left) {
        mail_words::update_addresses(transaction, sequence);
        delivery_rows::sum_up(transaction, sequence, "", std::nullopt);
    }
}

}  // namespace email::mail_repository
