#include "mail_repository.hpp"

#include <algorithm>

namespace email::mail_repository {
namespace {

std::vector<std::string> addresses(storage::reader& reader, std::int64_t sequence) {
    return reader.query_all<std::string>("SELECT address FROM recipients WHERE email = ?1 ORDER BY position", sequence);
}

std::optional<email_view> load(storage::reader& reader, std::int64_t sequence) {
    using text = std::optional<std::string>;
    auto row =
        reader.query_optional<std::string, std::string, std::string, std::string, text, text, std::string, std::int64_t,
                              text, core::timestamp, std::optional<core::timestamp>, std::optional<core::timestamp>>(
            "SELECT id, from_name, from_address, subject, text, html, status, attempts, last_error, created_at, "
            "next_attempt_at, "
            "sent_at FROM emails WHERE sequence = ?1",
            sequence);
    if (!row) return std::nullopt;
    auto& [id, from_name, from_address, subject, plain, html, status, attempts, last_error, created_at, next, sent_at] =
        *row;
    return email_view{.id = std::move(id),
                      .to = addresses(reader, sequence),
                      .from = format_mailbox({from_name, from_address}),
                      .subject = std::move(subject),
                      .text = std::move(plain),
                      .html = std::move(html),
                      .status = std::move(status),
                      .attempts = attempts,
                      .last_error = std::move(last_error),
                      .created_at = created_at,
                      .next_attempt_at = next,
                      .sent_at = sent_at};
}

std::int64_t count(storage::reader& reader, const search_emails& query, const std::optional<std::string>& key) {
    if (key && query.status)
        return reader.query_one<std::int64_t>(
            "SELECT count(*) FROM recipients JOIN emails ON emails.sequence = recipients.email "
            "WHERE recipients.key = ?1 AND emails.status = ?2",
            *key, *query.status);
    if (key) return reader.query_one<std::int64_t>("SELECT count(*) FROM recipients WHERE key = ?1", *key);
    if (query.status)
        return reader.query_one<std::int64_t>("SELECT count(*) FROM emails WHERE status = ?1", *query.status);
    return reader.query_one<std::int64_t>("SELECT count(*) FROM emails");
}

std::vector<std::int64_t> list(storage::reader& reader, const search_emails& query,
                               const std::optional<std::string>& key) {
    const auto offset = (query.page - 1) * query.size;
    if (key && query.status)
        return reader.query_all<std::int64_t>(
            "SELECT recipients.email FROM recipients JOIN emails ON emails.sequence = recipients.email "
            "WHERE recipients.key = ?1 AND emails.status = ?2 ORDER BY recipients.email DESC LIMIT ?3 OFFSET ?4",
            *key, *query.status, query.size, offset);
    if (key)
        return reader.query_all<std::int64_t>(
            "SELECT email FROM recipients WHERE key = ?1 ORDER BY email DESC LIMIT ?2 OFFSET ?3", *key, query.size,
            offset);
    if (query.status)
        return reader.query_all<std::int64_t>(
            "SELECT sequence FROM emails WHERE status = ?1 ORDER BY sequence DESC LIMIT ?2 OFFSET ?3", *query.status,
            query.size, offset);
    return reader.query_all<std::int64_t>("SELECT sequence FROM emails ORDER BY sequence DESC LIMIT ?1 OFFSET ?2",
                                          query.size, offset);
}

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

}  // namespace

void insert(storage::transaction& transaction, const new_mail& mail, const std::string& raw) {
    const auto& content = mail.content;
    const auto secret = mail.secret.empty() ? std::nullopt : std::optional{mail.secret};
    transaction.execute(
        "INSERT INTO emails (id, kind, from_name, from_address, subject, text, html, secret, message_id, status, "
        "created_at, "
        "next_attempt_at, traceparent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?10, ?10, ?11)",
        content.id, mail.kind, content.from.name, content.from.address, content.subject, content.text, content.html,
        secret, content.message_id, content.date, transaction.from().trace.traceparent());
    const auto sequence = transaction.query_one<std::int64_t>("SELECT last_insert_rowid()");
    std::int64_t position = 0;
    for (const auto& one : mail.recipients)
        transaction.execute("INSERT INTO recipients (email, position, address, key, name) VALUES (?1, ?2, ?3, ?4, ?5)",
                            sequence, position++, one.address.canonical, one.address.key, one.name);
    transaction.execute("INSERT INTO messages (email, raw) VALUES (?1, ?2)", sequence, raw);
}

std::optional<email_view> find(storage::reader& reader, const std::string& id) {
    const auto sequence = reader.query_optional<std::int64_t>("SELECT sequence FROM emails WHERE id = ?1", id);
    return sequence ? load(reader, *sequence) : std::nullopt;
}

std::optional<std::string> find_raw(storage::reader& reader, const std::string& id) {
    return reader.query_optional<std::string>(
        "SELECT raw FROM messages WHERE email = (SELECT sequence FROM emails WHERE id = ?1)", id);
}

email_page search(storage::reader& reader, const search_emails& query, const std::optional<std::string>& receiver_key) {
    email_page page{.items = {}, .page = query.page, .size = query.size};
    page.total_count = count(reader, query, receiver_key);
    page.total_pages = (page.total_count + query.size - 1) / query.size;
    page.has_more = query.page < page.total_pages;
    if (query.page > page.total_pages) return page;  // also keeps the offset from overflowing
    for (const auto sequence : list(reader, query, receiver_key))
        if (auto view = load(reader, sequence)) page.items.push_back(std::move(*view));
    return page;
}

bool has_due(storage::reader& reader, core::timestamp now) {
    return reader
        .query_optional<std::int64_t>("SELECT 1 FROM emails WHERE status = 'queued' AND next_attempt_at <= ?1 LIMIT 1",
                                      now)
        .has_value();
}

std::optional<core::timestamp> next_due(storage::reader& reader) {
    return reader.query_optional<core::timestamp>(
        "SELECT next_attempt_at FROM emails WHERE status = 'queued' ORDER BY next_attempt_at LIMIT 1");
}

std::optional<claimed_mail> claim(storage::transaction& transaction) {
    auto row = transaction.query_optional<std::int64_t, std::string, std::int64_t, core::timestamp, std::string,
                                          std::string, std::optional<std::string>, std::string>(
        "SELECT sequence, id, attempts, created_at, from_address, traceparent, secret, "
        "(SELECT raw FROM messages WHERE email = emails.sequence) FROM emails "
        "WHERE status = 'queued' AND next_attempt_at <= ?1 ORDER BY next_attempt_at, sequence LIMIT 1",
        transaction.now());
    if (!row) return std::nullopt;
    auto& [sequence, id, attempts, created_at, from_address, traceparent, secret, raw] = *row;
    transaction.execute(
        "UPDATE emails SET status = 'sending', attempts = attempts + 1, next_attempt_at = NULL WHERE sequence = ?1",
        sequence);
    claimed_mail mail{.sequence = sequence,
                      .id = std::move(id),
                      .attempts = attempts + 1,
                      .created_at = created_at,
                      .envelope = {.from = std::move(from_address), .to = addresses(transaction, sequence)},
                      .raw = std::move(raw),
                      .from = origin_of(traceparent),
                      .secret = secret.value_or(""),
                      .content = {}};
    if (secret) mail.content = load_content(transaction, sequence);
    return mail;
}

void note_sent(storage::transaction& transaction, const claimed_mail& mail, const std::optional<masked_copy>& masked) {
    transaction.execute(
        "UPDATE emails SET status = 'sent', last_error = NULL, next_attempt_at = NULL, sent_at = ?2 WHERE sequence = "
        "?1",
        mail.sequence, transaction.now());
    transaction.execute("UPDATE recipients SET status = 'sent' WHERE email = ?1", mail.sequence);
    if (!masked) return;
    transaction.execute("UPDATE emails SET text = ?2, html = ?3, secret = NULL WHERE sequence = ?1", mail.sequence,
                        masked->content.text, masked->content.html);
    transaction.execute("UPDATE messages SET raw = ?2 WHERE email = ?1", mail.sequence, masked->raw);
}

void note_failed(storage::transaction& transaction, std::int64_t sequence, const std::string& error) {
    transaction.execute(
        "UPDATE emails SET status = 'failed', last_error = ?2, next_attempt_at = NULL WHERE sequence = ?1", sequence,
        error);
    transaction.execute("UPDATE recipients SET status = 'failed' WHERE email = ?1", sequence);
}

void note_deferred(storage::transaction& transaction, const claimed_mail& mail, std::int64_t attempts,
                   const std::string& error, core::timestamp next_attempt_at) {
    transaction.execute(
        "UPDATE emails SET status = 'queued', attempts = ?2, last_error = ?3, next_attempt_at = ?4 WHERE sequence = ?1",
        mail.sequence, attempts, error, next_attempt_at);
}

std::int64_t capture_due(storage::transaction& transaction, std::size_t most) {
    return transaction.execute(
        "UPDATE emails SET status = 'captured', next_attempt_at = NULL WHERE sequence IN (SELECT sequence FROM emails "
        "WHERE status = 'queued' AND next_attempt_at <= ?1 ORDER BY next_attempt_at, sequence LIMIT ?2)",
        transaction.now(), most);
}

std::int64_t requeue_interrupted(storage::transaction& transaction) {
    return transaction.execute("UPDATE emails SET status = 'queued', next_attempt_at = ?1 WHERE status = 'sending'",
                               transaction.now());
}

std::vector<expired_mail> created_before(storage::transaction& transaction, core::timestamp time, std::size_t most) {
    std::vector<expired_mail> expired;
    // Mails are numbered in the order of their making, so the oldest queued one is the first in this index.
    for (auto& [sequence, id, attempts] : transaction.query_all<std::int64_t, std::string, std::int64_t>(
             "SELECT sequence, id, attempts FROM emails WHERE status = 'queued' AND created_at <= ?1 ORDER BY sequence "
             "LIMIT ?2",
             time, most))
        expired.push_back({sequence, std::move(id), attempts, addresses(transaction, sequence)});
    return expired;
}

}  // namespace email::mail_repository
