#include "mail_words.hpp"

#include <string>
#include <string_view>

namespace email::mail_words {
namespace {

// A step keeps other writers waiting.
constexpr std::int64_t mails_at_a_time = 200;
constexpr std::int64_t characters_at_a_time = 1'000'000;

constexpr std::string_view addresses =
    "from_name || ' ' || from_address || ' ' || "
    "(SELECT coalesce(group_concat(name || ' ' || address, ' '), '') FROM recipients WHERE email = sequence)";

// At least one mail, however long; `after` when there is none.
std::int64_t end_of_step(storage::transaction& transaction, std::int64_t after) {
    auto end = after;
    std::int64_t characters = 0;
    for (const auto& [sequence, length] : transaction.query_all<std::int64_t, std::int64_t>(
             "SELECT sequence, length(coalesce(text, html, '')) FROM emails WHERE sequence > ?1 ORDER BY sequence "
             "LIMIT ?2",
             after, mails_at_a_time)) {
        characters += length;
        if (end > after && characters > characters_at_a_time) break;
        end = sequence;
    }
    return end;
}

}  // namespace

storage::index_state index_some(storage::transaction& transaction) {
    static const auto insert = "INSERT INTO email_words (rowid, subject, addresses, body) SELECT sequence, subject, " +
                               std::string{addresses} +
                               ", replace(coalesce(text, html, ''), coalesce(secret, ''), '') FROM emails WHERE "
                               "sequence > ?1 AND sequence <= ?2";
    const auto after = transaction.query_one<std::int64_t>("SELECT filled_to FROM email_index");
    const auto end = end_of_step(transaction, after);
    if (end == after) return storage::index_state::complete;
    transaction.execute(insert, after, end);
    transaction.execute("UPDATE email_index SET filled_to = ?1", end);
    const bool is_more = transaction.query_one<bool>("SELECT EXISTS (SELECT 1 FROM emails WHERE sequence > ?1)", end);
    return is_more ? storage::index_state::incomplete : storage::index_state::complete;
}

void update_addresses(storage::transaction& transaction, std::int64_t sequence) {
    static const auto update = "UPDATE email_words SET addresses = (SELECT " + std::string{addresses} +
                               " FROM emails WHERE sequence = ?1) WHERE rowid = ?1";
    transaction.execute(update, sequence);
}

}  // namespace email::mail_words
