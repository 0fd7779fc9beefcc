#include "mail_repository.hpp"
#include "mail_words.hpp"

namespace email::mail_repository {

// A mail that still waits for others goes to them; it keeps its text, and loses this receiver.
void erase_receiver(storage::transaction& transaction, const std::string& receiver_key) {
    transaction.execute(
        "DELETE FROM emails WHERE sequence IN (SELECT email FROM recipients WHERE key = ?1) AND "
        "(status IN ('sent', 'captured', 'failed') OR "
        "NOT EXISTS (SELECT 1 FROM recipients WHERE email = sequence AND key <> ?1))",
        receiver_key);
    const auto left = transaction.query_all<std::int64_t>("SELECT email FROM recipients WHERE key = ?1", receiver_key);
    transaction.execute("DELETE FROM transcripts WHERE email IN (SELECT email FROM recipients WHERE key = ?1)",
                        receiver_key);
    transaction.execute("DELETE FROM recipients WHERE key = ?1", receiver_key);
    for (const auto sequence : left) mail_words::update_addresses(transaction, sequence);
}

}  // namespace email::mail_repository
