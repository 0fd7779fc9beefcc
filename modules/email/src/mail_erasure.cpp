#include "mail_repository.hpp"

namespace email::mail_repository {

// A mail that still waits for others goes to them; it keeps its text, and loses this receiver.
void erase_receiver(storage::transaction& transaction, const std::string& receiver_key) {
    transaction.execute(
        "DELETE FROM emails WHERE sequence IN (SELECT email FROM recipients WHERE key = ?1) AND "
        "(status IN ('sent', 'captured', 'failed') OR "
        "NOT EXISTS (SELECT 1 FROM recipients WHERE email = sequence AND key <> ?1))",
        receiver_key);
    transaction.execute("DELETE FROM recipients WHERE key = ?1", receiver_key);
}

}  // namespace email::mail_repository
