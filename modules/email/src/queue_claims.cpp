#include <algorithm>
#include <utility>

#include "delivery_rows.hpp"

// What a sender takes out of the queue.
namespace email::delivery_rows {
namespace {

core::origin origin_of(const std::string& traceparent) {
    auto trace = core::trace_context::parse(traceparent);
    return {.trace = trace.value_or(core::trace_context{}), .cause = {}};
}

// Only what compose() needs once more.
message_content load_content(storage::reader& reader, std::int64_t sequence) {
    using text = std::optional<std::string>;
    auto [id, message_id, created_at, from_name, from_address, subject, plain, html] =
        reader.query_one<std::string, std::string, core::timestamp, std::string, std::string, std::string, text, text>(
            "SELECT id, message_id, created_at, from_name, from_address, subject, text, html FROM emails WHERE "
            "sequence = ?1",
            sequence);
    message_content content{.id = std::move(id),
                            .message_id = std::move(message_id),
                            .date = created_at,
                            .from = {std::move(from_name), std::move(from_address)},
                            .to = {},
                            .subject = std::move(subject),
                            .text = std::move(plain),
                            .html = std::move(html)};
    for (auto& [name, address] : reader.query_all<std::string, std::string>(
             "SELECT name, address FROM recipients WHERE email = ?1 ORDER BY position", sequence))
        content.to.push_back({std::move(name), std::move(address)});
    return content;
}

std::optional<std::int64_t> longest_due(storage::reader& reader, const std::string& server, line line,
                                        core::timestamp now) {
    return reader.query_optional<std::int64_t>(
        "SELECT email FROM recipients WHERE server = ?1 AND status = 'pending' AND (attempts > 0) = ?2 AND "
        "next_attempt_at <= ?3 ORDER BY next_attempt_at, email LIMIT 1",
        server, line == line::repeats, now);
}

// The recipients of this mail that are due at this server.
void mark_sending(storage::transaction& transaction, claimed_mail& mail, const std::string& server) {
    auto rows = transaction.query_all<std::int64_t, std::string, std::int64_t>(
        "UPDATE recipients SET status = 'sending', attempts = attempts + 1, next_attempt_at = NULL WHERE email = ?1 "
        "AND server = ?2 AND status = 'pending' AND next_attempt_at <= ?3 RETURNING position, address, attempts",
        mail.sequence, server, transaction.now());
    std::ranges::sort(rows);  // RETURNING has no order
    for (auto& [position, address, attempts] : rows) {
        mail.positions.push_back(position);
        mail.envelope.to.push_back(std::move(address));
        mail.attempts = std::max(mail.attempts, attempts);
    }
    transaction.execute(
        "UPDATE emails SET status = 'sending', attempts = max(attempts, ?2), next_attempt_at = NULL WHERE sequence = "
        "?1",
        mail.sequence, mail.attempts);
}

claimed_mail take(storage::transaction& transaction, const std::string& server, std::int64_t sequence) {
    auto [id, queued_at, from_address, traceparent, secret, raw] =
        transaction
            .query_one<std::string, core::timestamp, std::string, std::string, std::optional<std::string>, std::string>(
                "SELECT id, queued_at, from_address, traceparent, secret, "
                "(SELECT raw FROM messages WHERE email = emails.sequence) FROM emails WHERE sequence = ?1",
                sequence);
    claimed_mail mail{.sequence = sequence,
                      .id = std::move(id),
                      .server = server,
                      .queued_at = queued_at,
                      .envelope = {.from = std::move(from_address), .to = {}},
                      .positions = {},
                      .raw = std::move(raw),
                      .from = origin_of(traceparent),
                      .secret = secret.value_or(""),
                      .content = {}};
    mark_sending(transaction, mail, server);
    if (secret) mail.content = load_content(transaction, mail.sequence);
    return mail;
}

}  // namespace

bool has_due(storage::reader& reader, const std::string& server, core::timestamp now) {
    return longest_due(reader, server, line::first_attempts, now) || longest_due(reader, server, line::repeats, now);
}

std::optional<core::timestamp> next_due(storage::reader& reader, const std::string& server) {
    std::optional<core::timestamp> next;
    for (const bool is_repeat : {false, true}) {
        const auto first = reader.query_optional<core::timestamp>(
            "SELECT next_attempt_at FROM recipients WHERE server = ?1 AND status = 'pending' AND (attempts > 0) = ?2 "
            "ORDER BY next_attempt_at LIMIT 1",
            server, is_repeat);
        if (first && (!next || *first < *next)) next = first;
    }
    return next;
}

std::optional<claimed_mail> claim(storage::transaction& transaction, const std::string& server, line preferred) {
    const auto other = preferred == line::repeats ? line::first_attempts : line::repeats;
    auto sequence = longest_due(transaction, server, preferred, transaction.now());
    if (!sequence) sequence = longest_due(transaction, server, other, transaction.now());
    if (!sequence) return std::nullopt;
    return take(transaction, server, *sequence);
}

}  // namespace email::delivery_rows
