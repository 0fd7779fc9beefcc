#include "mail_repository.hpp"

#include <array>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>

namespace email::mail_repository {
namespace {

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

constexpr std::int64_t whole = std::numeric_limits<std::int32_t>::max();  // all that substr() knows
constexpr std::int64_t longest_in_list = 16'384;  // of a page of them all must fit into one answer

// `longest`: characters of text and of HTML.
std::optional<email_view> load(storage::reader& reader, std::int64_t sequence, std::int64_t longest) {
    using text = std::optional<std::string>;
    auto row = reader.query_optional<std::string, std::string, std::string, std::string, text, text, std::string,
                                     std::int64_t, text, core::timestamp, std::optional<core::timestamp>,
                                     std::optional<core::timestamp>, text, text>(
        "SELECT id, from_name, from_address, subject, substr(text, 1, ?2), substr(html, 1, ?2), status, attempts, "
        "last_error, created_at, next_attempt_at, sent_at, reply_to, list_unsubscribe FROM emails WHERE sequence = ?1",
        sequence, longest);
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
                    .list_unsubscribe = std::move(list_unsubscribe),
                    .transcripts = {}};
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

}  // namespace

std::int64_t insert(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                    const std::string& raw, const std::string* at_once) {
    const auto& content = mail.content;
    const auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
    const bool is_claimed = at_once != nullptr;
    transaction.execute(
        "INSERT INTO emails (id, kind, from_name, from_address, subject, text, html, secret, message_id, status, "
        "created_at, queued_at, traceparent, reply_to, list_unsubscribe, attempts, next_attempt_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, ?15, ?16)",
        content.id, mail.kind, content.from.name, content.from.address, content.subject, content.text, content.html,
        given(mail.secret), content.message_id, is_claimed ? "sending" : "queued", content.date,
        mail.trace.traceparent(), given(content.reply_to), given(content.list_unsubscribe), is_claimed,
        is_claimed ? std::nullopt : std::optional{content.date});
    const auto sequence = transaction.query_one<std::int64_t>("SELECT last_insert_rowid()");
    std::int64_t position = 0;
    for (const auto& one : mail.recipients) {
        const auto& server = routes.of(one.address.canonical);
        const bool is_sending = is_claimed && server == *at_once;
        transaction.execute(
            "INSERT INTO recipients (email, position, address, key, name, kind, server, status, attempts, "
            "next_attempt_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            sequence, position++, one.address.canonical, one.address.key, one.name,
            recipient_kinds.at(std::to_underlying(one.kind)), server, is_sending ? "sending" : "pending", is_sending,
            is_sending ? std::nullopt : std::optional{content.date});
    }
    position = 0;
    for (const auto& file : content.attachments)
        transaction.execute("INSERT INTO attachments (email, position, name, type, size) VALUES (?1, ?2, ?3, ?4, ?5)",
                            sequence, position++, file.name, file.type, std::ssize(file.content));
    transaction.execute("INSERT INTO messages (email, raw) VALUES (?1, ?2)", sequence, raw);
    return sequence;
}

std::optional<email_view> find(storage::reader& reader, const std::string& id) {
    const auto sequence = reader.query_optional<std::int64_t>("SELECT sequence FROM emails WHERE id = ?1", id);
    auto view = sequence ? load(reader, *sequence, whole) : std::nullopt;
    if (!view) return view;
    view->transcripts.emplace();
    for (auto& [server, attempt, began_at, took_ms, text] :
         reader.query_all<std::string, std::int64_t, core::timestamp, std::int64_t, std::string>(
             "SELECT server, attempt, began_at, took_ms, text FROM transcripts WHERE email = ?1 ORDER BY began_at, "
             "attempt",
             *sequence))
        view->transcripts->push_back({std::move(server), attempt, began_at, took_ms, std::move(text)});
    return view;
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
        if (auto view = load(reader, sequence, longest_in_list)) found.items.push_back(std::move(*view));
    return found;
}

}  // namespace email::mail_repository
