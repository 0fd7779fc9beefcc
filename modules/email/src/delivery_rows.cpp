#include "delivery_rows.hpp"

#include <utility>

namespace email::delivery_rows {
namespace {

constexpr std::int64_t kept_transcripts = 3;
constexpr std::string_view possibly_delivered =
    "possibly delivered: the process ended while this was being sent; it goes again with the same Message-ID";

}  // namespace

void route(storage::transaction& transaction, const smtp_routes& routes, std::optional<std::int64_t> only) {
    for (const auto& [email, position, key, server, is_released] :
         transaction.query_all<std::int64_t, std::int64_t, std::string, std::string, bool>(
             "SELECT email, position, key, server, is_released FROM recipients WHERE status = 'pending' AND "
             "(?1 IS NULL OR email = ?1)",
             only))
        if (const auto& wanted = is_released ? routes.of_released(key) : routes.of(key); wanted != server)
            transaction.execute(
                "UPDATE recipients SET server = ?3, next_attempt_at = ?4 WHERE email = ?1 AND position = ?2", email,
                position, wanted, transaction.now());
}

std::int64_t take_up(storage::transaction& transaction, const smtp_routes& routes) {
    const auto interrupted = transaction.execute(
        "UPDATE recipients SET status = 'pending', reply = ?2, next_attempt_at = ?1 WHERE status = 'sending' AND email "
        "IN (SELECT sequence FROM emails WHERE status = 'sending')",
        transaction.now(), possibly_delivered);
    transaction.execute(
        "UPDATE emails SET status = 'queued', last_error = ?2, next_attempt_at = ?1 WHERE status = 'sending'",
        transaction.now(), possibly_delivered);
    route(transaction, routes, std::nullopt);
    return interrupted;
}

bool is_there(storage::reader& reader, const claimed_mail& mail) {
    return reader.query_one<bool>("SELECT EXISTS (SELECT 1 FROM emails WHERE sequence = ?1 AND id = ?2)", mail.sequence,
                                  mail.id);
}

bool has_all_recipients(storage::reader& reader, const claimed_mail& mail) {
    return reader.query_one<std::int64_t>(
               "SELECT count(*) FROM recipients WHERE email = ?1 AND server = ?2 AND status = 'sending'", mail.sequence,
               mail.server) == std::ssize(mail.positions);
}

void note_ended(storage::transaction& transaction, const claimed_mail& mail, std::size_t index, std::string_view status,
                const std::string& reply) {
    transaction.execute("UPDATE recipients SET status = ?3, reply = ?4 WHERE email = ?1 AND position = ?2",
                        mail.sequence, mail.positions.at(index), status, reply);
}

void note_waiting(storage::transaction& transaction, const claimed_mail& mail, std::size_t index,
                  const std::string& reply, core::timestamp next_attempt_at) {
    transaction.execute(
        "UPDATE recipients SET status = 'pending', reply = ?3, next_attempt_at = ?4 WHERE email = ?1 AND position = ?2",
        mail.sequence, mail.positions.at(index), reply, next_attempt_at);
}

void give_back(storage::transaction& transaction, const claimed_mail& mail, bool is_uncounted,
               const std::string& error) {
    for (const auto position : mail.positions)
        transaction.execute(
            "UPDATE recipients SET status = 'pending', attempts = attempts - ?3, next_attempt_at = ?4 WHERE email = ?1 "
            "AND position = ?2",
            mail.sequence, position, is_uncounted, transaction.now());
    sum_up(transaction, mail.sequence, error, std::nullopt);
}

void sum_up(storage::transaction& transaction, std::int64_t sequence, const std::string& error,
            const std::optional<masked_copy>& masked) {
    const auto [status, attempts, next] =
        transaction.query_one<std::string, std::int64_t, std::optional<core::timestamp>>(
            "SELECT CASE WHEN count(*) FILTER (WHERE status = 'sending') > 0 THEN 'sending' "
            "WHEN count(*) FILTER (WHERE status = 'pending') > 0 THEN 'queued' "
            "WHEN count(*) FILTER (WHERE status = 'failed') > 0 THEN 'failed' "
            "WHEN count(*) FILTER (WHERE status = 'sent') > 0 THEN 'sent' ELSE 'captured' END, "
            "coalesce(max(attempts), 0), min(next_attempt_at) FROM recipients WHERE email = ?1",
            sequence);
    auto told = error.empty() ? std::nullopt : std::optional{error};
    // Perhaps at an earlier attempt than the last one, or at another server's.
    if (!told)
        told = transaction.query_optional<std::string>(
            "SELECT address || ': ' || reply FROM recipients WHERE email = ?1 AND status IN ('failed', 'pending') AND "
            "reply <> '' ORDER BY status, position LIMIT 1",
            sequence);
    transaction.execute(
        "UPDATE emails SET status = ?2, attempts = ?3, last_error = ?4, next_attempt_at = ?5 WHERE sequence = ?1",
        sequence, status, attempts, told, status == "queued" ? next : std::nullopt);
    if (status != "sent" || !masked) return;
    transaction.execute("UPDATE emails SET text = ?2, html = ?3, secret = NULL WHERE sequence = ?1", sequence,
                        masked->content.text, masked->content.html);
    transaction.execute("UPDATE messages SET raw = ?2 WHERE email = ?1", sequence, masked->raw);
}

void note_taken(storage::transaction& transaction, std::int64_t sequence) {
    transaction.execute("UPDATE emails SET sent_at = ?2 WHERE sequence = ?1", sequence, transaction.now());
}

void keep_transcript(storage::transaction& transaction, const claimed_mail& mail, const smtp_attempt& attempt) {
    transaction.execute(
        "INSERT OR REPLACE INTO transcripts (email, server, attempt, began_at, took_ms, text) "
        "SELECT sequence, ?2, ?3, ?4, ?5, ?6 FROM emails WHERE sequence = ?1",
        mail.sequence, mail.server, mail.attempts, transaction.now() - attempt.took, attempt.took.count(),
        attempt.transcript);
    if (mail.attempts > kept_transcripts)
        transaction.execute("DELETE FROM transcripts WHERE email = ?1 AND server = ?2 AND attempt <= ?3", mail.sequence,
                            mail.server, mail.attempts - kept_transcripts);
}

std::int64_t capture_some(storage::transaction& transaction, std::size_t most) {
    const auto due = transaction.query_all<std::int64_t>(
        "SELECT DISTINCT email FROM (SELECT email FROM recipients WHERE server = '' AND status = 'pending' LIMIT ?1)",
        most);
    std::int64_t captured = 0;
    for (const auto sequence : due) {
        captured += transaction.execute(
            "UPDATE recipients SET status = 'captured', reply = NULL, next_attempt_at = NULL WHERE email = ?1 AND "
            "server = '' AND status = 'pending'",
            sequence);
        sum_up(transaction, sequence, "", std::nullopt);
    }
    return captured;
}

std::vector<expired_mail> expire(storage::transaction& transaction, const std::string& server, core::timestamp time,
                                 const std::string& error, std::size_t most) {
    std::vector<expired_mail> expired;
    for (auto& [sequence, id, attempts] : transaction.query_all<std::int64_t, std::string, std::int64_t>(
             // By the index of what waits, in its order: each failed probe of a server looks here.
             "SELECT sequence, id, attempts FROM emails INDEXED BY emails_waiting "
             "WHERE status IN ('queued', 'sending') AND queued_at <= ?1 AND EXISTS "
             "(SELECT 1 FROM recipients WHERE email = sequence AND server = ?2 AND status = 'pending') "
             "ORDER BY queued_at LIMIT ?3",
             time, server, most)) {
        expired_mail mail{std::move(id), attempts, {}};
        mail.to = transaction.query_all<std::string>(
            "UPDATE recipients SET status = 'failed', reply = ?3, next_attempt_at = NULL WHERE email = ?1 AND server = "
            "?2 AND status = 'pending' RETURNING address",
            sequence, server, error);
        sum_up(transaction, sequence, error, std::nullopt);
        expired.push_back(std::move(mail));
    }
    return expired;
}

}  // namespace email::delivery_rows
