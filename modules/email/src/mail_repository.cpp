#include "mail_repository.hpp"

#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace email::mail_repository {
namespace {

std::vector<std::string> waiting(storage::reader& reader, std::int64_t sequence) {
    return reader.query_all<std::string>(
        "SELECT address FROM recipients WHERE email = ?1 AND status = 'pending' ORDER BY position", sequence);
}

// Named as the wire names them.
constexpr std::array<std::string_view, 3> recipient_kinds{"to", "cc", "bcc"};

void load_recipients(storage::reader& reader, std::int64_t sequence, email_view& view) {
    for (auto& [address, kind, status, reply] :
         reader.query_all<std::string, std::string, std::string, std::optional<std::string>>(
             "SELECT address, kind, status, reply FROM recipients WHERE email = ?1 ORDER BY position", sequence)) {
        if (kind == "to") view.to.push_back(address);
        view.recipients.push_back({std::move(address), std::move(kind), std::move(status), std::move(reply)});
    }
    for (auto& [name, type, size] : reader.query_all<std::string, std::string, std::int64_t>(
             "SELECT name, type, size FROM attachments WHERE email = ?1 ORDER BY position", sequence))
        view.attachments.push_back({std::move(name), std::move(type), size});
}

std::optional<email_view> load(storage::reader& reader, std::int64_t sequence) {
    using text = std::optional<std::string>;
    auto row = reader.query_optional<std::string, std::string, std::string, std::string, text, text, std::string,
                                     std::int64_t, text, core::timestamp, std::optional<core::timestamp>,
                                     std::optional<core::timestamp>, text, text>(
        "SELECT id, from_name, from_address, subject, text, html, status, attempts, last_error, created_at, "
        "next_attempt_at, sent_at, reply_to, list_unsubscribe FROM emails WHERE sequence = ?1",
        sequence);
    if (!row) return std::nullopt;
    auto& [id, from_name, from_address, subject, plain, html, status, attempts, last_error, created_at, next, sent_at,
           reply_to, list_unsubscribe] = *row;
    email_view view{.id = std::move(id),
                    .to = {},
                    .from = format_mailbox({from_name, from_address}),
                    .subject = std::move(subject),
                    .text = std::move(plain),
                    .html = std::move(html),
                    .status = std::move(status),
                    .attempts = attempts,
                    .last_error = std::move(last_error),
                    .created_at = created_at,
                    .next_attempt_at = next,
                    .sent_at = sent_at,
                    .reply_to = std::move(reply_to),
                    .recipients = {},
                    .attachments = {},
                    .list_unsubscribe = std::move(list_unsubscribe)};
    load_recipients(reader, sequence, view);
    return view;
}

// Put together of literals alone; each has the same three places for values.
std::string matching(const filter& wanted) {
    std::string text = " FROM emails WHERE ";
    text += wanted.receiver_key ? "sequence IN (SELECT email FROM recipients WHERE key = ?1)" : "?1 IS NULL";
    text += wanted.status ? " AND status = ?2" : " AND ?2 IS NULL";
    text += wanted.words ? " AND sequence IN (SELECT rowid FROM email_words WHERE email_words MATCH ?3)"
                         : " AND ?3 IS NULL";
    return text;
}

// For full text search; a secret is no word of it.
void index_words(storage::transaction& transaction, std::int64_t sequence, const new_mail& mail) {
    const auto& content = mail.content;
    auto body = content.text ? *content.text : content.html.value_or("");
    for (std::size_t at = 0; !mail.secret.empty() && (at = body.find(mail.secret, at)) != std::string::npos;)
        body.erase(at, mail.secret.size());
    auto addresses = content.from.name + ' ' + content.from.address;
    for (const auto& one : mail.recipients) addresses += ' ' + one.name + ' ' + one.address.canonical;
    transaction.execute("INSERT INTO email_words (rowid, subject, addresses, body) VALUES (?1, ?2, ?3, ?4)", sequence,
                        content.subject, addresses, body);
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
    const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
    transaction.execute(
        "INSERT INTO emails (id, kind, from_name, from_address, subject, text, html, secret, message_id, status, "
        "created_at, queued_at, next_attempt_at, traceparent, reply_to, list_unsubscribe) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'queued', ?10, ?10, ?10, ?11, ?12, ?13)",
        content.id, mail.kind, content.from.name, content.from.address, content.subject, content.text, content.html,
        given(mail.secret), content.message_id, content.date, transaction.from().trace.traceparent(),
        given(content.reply_to), given(content.list_unsubscribe));
    const auto sequence = transaction.query_one<std::int64_t>("SELECT last_insert_rowid()");
    std::int64_t position = 0;
    for (const auto& one : mail.recipients)
        transaction.execute(
            "INSERT INTO recipients (email, position, address, key, name, kind) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            sequence, position++, one.address.canonical, one.address.key, one.name,
            recipient_kinds.at(std::to_underlying(one.kind)));
    position = 0;
    for (const auto& file : content.attachments)
        transaction.execute("INSERT INTO attachments (email, position, name, type, size) VALUES (?1, ?2, ?3, ?4, ?5)",
                            sequence, position++, file.name, file.type, std::ssize(file.content));
    transaction.execute("INSERT INTO messages (email, raw) VALUES (?1, ?2)", sequence, raw);
    index_words(transaction, sequence, mail);
}

std::optional<email_view> find(storage::reader& reader, const std::string& id) {
    const auto sequence = reader.query_optional<std::int64_t>("SELECT sequence FROM emails WHERE id = ?1", id);
    return sequence ? load(reader, *sequence) : std::nullopt;
}

std::optional<std::string> find_raw(storage::reader& reader, const std::string& id) {
    return reader.query_optional<std::string>(
        "SELECT raw FROM messages WHERE email = (SELECT sequence FROM emails WHERE id = ?1)", id);
}

email_page search(storage::reader& reader, const filter& wanted, std::int64_t page, std::int64_t size) {
    const auto& [key, status, words] = wanted;
    email_page found{.items = {}, .page = page, .size = size};
    const auto rows = matching(wanted);
    found.total_count = reader.query_one<std::int64_t>("SELECT count(*)" + rows, key, status, words);
    found.total_pages = (found.total_count + size - 1) / size;
    found.has_more = page < found.total_pages;
    if (page > found.total_pages) return found;  // also keeps the offset from overflowing
    for (const auto sequence :
         reader.query_all<std::int64_t>("SELECT sequence" + rows + " ORDER BY sequence DESC LIMIT ?4 OFFSET ?5", key,
                                        status, words, size, (page - 1) * size))
        if (auto view = load(reader, sequence)) found.items.push_back(std::move(*view));
    return found;
}

std::optional<std::string> queue_again(storage::transaction& transaction, const std::string& id) {
    const auto known =
        transaction.query_optional<std::int64_t, std::string>("SELECT sequence, status FROM emails WHERE id = ?1", id);
    if (!known) return std::nullopt;
    const auto& [sequence, status] = *known;
    if (status != "failed" && status != "queued") return status;
    transaction.execute("UPDATE recipients SET status = 'pending' WHERE email = ?1 AND status = 'failed'", sequence);
    transaction.execute(
        "UPDATE emails SET status = 'queued', attempts = 0, queued_at = ?2, next_attempt_at = ?2 WHERE sequence = ?1",
        sequence, transaction.now());
    return status;
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
        "SELECT sequence, id, attempts, queued_at, from_address, traceparent, secret, "
        "(SELECT raw FROM messages WHERE email = emails.sequence) FROM emails "
        "WHERE status = 'queued' AND next_attempt_at <= ?1 ORDER BY next_attempt_at, sequence LIMIT 1",
        transaction.now());
    if (!row) return std::nullopt;
    auto& [sequence, id, attempts, queued_at, from_address, traceparent, secret, raw] = *row;
    transaction.execute(
        "UPDATE emails SET status = 'sending', attempts = attempts + 1, next_attempt_at = NULL WHERE sequence = ?1",
        sequence);
    claimed_mail mail{.sequence = sequence,
                      .id = std::move(id),
                      .attempts = attempts + 1,
                      .queued_at = queued_at,
                      .envelope = {.from = std::move(from_address), .to = waiting(transaction, sequence)},
                      .raw = std::move(raw),
                      .from = origin_of(traceparent),
                      .secret = secret.value_or(""),
                      .content = {}};
    if (secret) mail.content = load_content(transaction, sequence);
    return mail;
}

void note_recipient(storage::transaction& transaction, std::int64_t sequence, const std::string& address,
                    std::string_view status, const std::string& reply) {
    transaction.execute("UPDATE recipients SET status = ?3, reply = ?4 WHERE email = ?1 AND address = ?2", sequence,
                        address, status, reply);
}

void note_taken(storage::transaction& transaction, std::int64_t sequence) {
    transaction.execute("UPDATE emails SET sent_at = ?2 WHERE sequence = ?1", sequence, transaction.now());
}

void note_finished(storage::transaction& transaction, const claimed_mail& mail, const std::string& error,
                   const std::optional<masked_copy>& masked) {
    // Perhaps at an earlier attempt than the one that ends it.
    auto failure = transaction.query_optional<std::string>(
        "SELECT address || ': ' || reply FROM recipients WHERE email = ?1 AND status = 'failed' ORDER BY position "
        "LIMIT 1",
        mail.sequence);
    if (failure && !error.empty()) failure = error;
    transaction.execute("UPDATE emails SET status = ?2, last_error = ?3, next_attempt_at = NULL WHERE sequence = ?1",
                        mail.sequence, failure ? "failed" : "sent", failure);
    if (failure || !masked) return;
    transaction.execute("UPDATE emails SET text = ?2, html = ?3, secret = NULL WHERE sequence = ?1", mail.sequence,
                        masked->content.text, masked->content.html);
    transaction.execute("UPDATE messages SET raw = ?2 WHERE email = ?1", mail.sequence, masked->raw);
}

void note_failed(storage::transaction& transaction, std::int64_t sequence, const std::string& error) {
    transaction.execute(
        "UPDATE emails SET status = 'failed', last_error = ?2, next_attempt_at = NULL WHERE sequence = ?1", sequence,
        error);
    transaction.execute("UPDATE recipients SET status = 'failed', reply = ?2 WHERE email = ?1 AND status = 'pending'",
                        sequence, error);
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

std::vector<expired_mail> queued_before(storage::transaction& transaction, core::timestamp time, std::size_t most) {
    std::vector<expired_mail> expired;
    for (auto& [sequence, id, attempts] : transaction.query_all<std::int64_t, std::string, std::int64_t>(
             "SELECT sequence, id, attempts FROM emails WHERE status = 'queued' AND queued_at <= ?1 ORDER BY sequence "
             "LIMIT ?2",
             time, most))
        expired.push_back({sequence, std::move(id), attempts, waiting(transaction, sequence)});
    return expired;
}

}  // namespace email::mail_repository
