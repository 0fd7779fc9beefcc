#include "mail_words.hpp"

#include <storage/error.hpp>
#include <string>
#include <string_view>
#include <tuple>

namespace email::mail_words {
namespace {

// A step keeps other writers waiting.
constexpr int mails_at_a_time = 200;
constexpr std::int64_t characters_at_a_time = 1'000'000;

constexpr std::string_view addresses =
    "from_name || ' ' || from_address || ' ' || "
    "(SELECT coalesce(group_concat(name || ' ' || address, ' '), '') FROM recipients WHERE email = sequence)";

// At least one mail, however long; `after` when there is none. To know its length is to read it, so one after the
// other.
std::int64_t end_of_step(storage::transaction& transaction, std::int64_t after) {
    auto end = after;
    std::int64_t characters = 0;
    for (int mails = 0; mails < mails_at_a_time; ++mails) {
        const auto next = transaction.query_optional<std::int64_t, std::int64_t>(
            "SELECT sequence, length(coalesce(text, html, '')) FROM emails WHERE sequence > ?1 ORDER BY sequence "
            "LIMIT 1",
            end);
        if (!next) break;
        characters += std::get<1>(*next);
        if (end > after && characters > characters_at_a_time) break;
        end = std::get<0>(*next);
    }
    return end;
}

void put_in(storage::transaction& transaction, std::int64_t after, std::int64_t end) {
    static const auto insert = "INSERT INTO email_words (rowid, subject, addresses, body) SELECT sequence, subject, " +
                               std::string{addresses} +
                               ", replace(coalesce(text, html, ''), coalesce(secret, ''), '') FROM emails WHERE "
                               "sequence > ?1 AND sequence <= ?2";
    transaction.execute(insert, after, end);
    transaction.execute("UPDATE email_index SET filled_to = ?1", end);
}

}  // namespace

storage::index_state index_some(storage::transaction& transaction) {
    const auto after = transaction.query_one<std::int64_t>("SELECT filled_to FROM email_index");
    const auto end = end_of_step(transaction, after);
    if (end == after) return storage::index_state::complete;
    try {
        transaction.savepoint([&] { put_in(transaction, after, end); });
    } catch (const storage::error& failure) {
        if (failure.kind() != storage::failure::damaged_index) throw;
        start_over(transaction);
        return storage::index_state::damaged;
    }
    const bool is_more = transaction.query_one<bool>("SELECT EXISTS (SELECT 1 FROM emails WHERE sequence > ?1)", end);
    return is_more ? storage::index_state::incomplete : storage::index_state::complete;
}

void start_over(storage::transaction& transaction) {
    const auto made_by = transaction.query_one<std::string>("SELECT sql FROM sqlite_schema WHERE name = 'email_words'");
    transaction.execute("DROP TABLE email_words");
    transaction.execute(made_by);
    transaction.execute("UPDATE email_index SET filled_to = 0");
}

void update_addresses(storage::transaction& transaction, std::int64_t sequence) {
    static const auto update = "UPDATE email_words SET addresses = (SELECT " + std::string{addresses} +
                               " FROM emails WHERE sequence = ?1) WHERE rowid = ?1";
    transaction.execute(update, sequence);
}

}  // namespace email::mail_words
