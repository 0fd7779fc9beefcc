#pragma once

// What other parts may ask of the email module, and what it tells them. No secret is ever in an event.

#include <boost/describe/class.hpp>
#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace email {

// Whom a mail is for, and what came of it. `kind`: to, cc, bcc. `status`: pending, sending, sent, captured, failed.
struct recipient_view {
    std::string address;
    std::string kind;
    std::string status;
    std::optional<std::string> reply;  // what the server said of this one last
};
BOOST_DESCRIBE_STRUCT(recipient_view, (), (address, kind, status, reply))

struct attachment_view {
    std::string name;
    std::string type;
    std::int64_t size = 0;  // bytes
};
BOOST_DESCRIBE_STRUCT(attachment_view, (), (name, type, size))

// One of the last conversations with a server about a mail: a line each, commands after `> `, replies after `< `.
// Without content and credentials.
struct transcript_view {
    std::string server;
    std::int64_t attempt = 0;
    core::timestamp began_at{};
    std::int64_t took_ms = 0;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(transcript_view, (), (server, attempt, began_at, took_ms, text))

// One mail as people see it. `status`: queued, sending, sent, captured (kept here, sent nowhere), failed.
struct email_view {
    std::string id;
    std::vector<std::string> to;
    std::string from;
    std::string subject;
    std::optional<std::string> text;
    std::optional<std::string> html;
    std::string status;
    std::int64_t attempts = 0;
    std::optional<std::string> last_error;  // what the server replied last, or why it could not be asked
    core::timestamp created_at{};
    std::optional<core::timestamp> next_attempt_at;  // only while it is queued
    std::optional<core::timestamp> sent_at;          // when a server took it, for one recipient at least
    std::optional<std::string> reply_to;
    std::vector<recipient_view> recipients;  // those of `to` first
    std::vector<attachment_view> attachments;
    std::optional<std::string> list_unsubscribe;
    std::optional<std::vector<transcript_view>> transcripts;  // oldest first; not in lists
};
BOOST_DESCRIBE_STRUCT(email_view, (),
                      (id, to, from, subject, text, html, status, attempts, last_error, created_at, next_attempt_at,
                       sent_at, reply_to, recipients, attachments, list_unsubscribe, transcripts))

struct email_accepted {
    std::string id;
    std::string status;
};
BOOST_DESCRIBE_STRUCT(email_accepted, (), (id, status))

struct attachment {
    std::string name;                 // of the file, 1 to 255 characters, no path
    std::optional<std::string> type;  // such as application/pdf; application/octet-stream when it is not said
    std::string content;              // base64 (RFC 4648, section 4), with padding
};
BOOST_DESCRIBE_STRUCT(attachment, (), (name, type, content))

// Queues a mail. Answered once it is on disk; sending comes later. At least one of `text` and `html`. Addresses are
// without display names; 50 at most, all together. Who is in `bcc` is told to the server and to nobody else. Of `html`
// that is kept and sent which a mail may have: no scripts, styles, forms or frames.
struct send_email {
    static constexpr auto message = bus::request<email_accepted>("email.send", 1);
    std::vector<std::string> to;  // 1 at least
    std::string subject;          // one line
    std::optional<std::string> text;
    std::optional<std::string> html;
    std::optional<std::vector<std::string>> cc{};
    std::optional<std::vector<std::string>> bcc{};
    std::optional<std::string> reply_to{};
    std::optional<std::vector<attachment>> attachments{};
    // For mails to a list: where a reader leaves it, https:// or mailto:. An https one has to take a POST (RFC 8058).
    std::optional<std::string> list_unsubscribe{};
};
BOOST_DESCRIBE_STRUCT(send_email, (), (to, subject, text, html, cc, bcc, reply_to, attachments, list_unsubscribe))

// Sends a failed mail again, to those for whom it failed, or one that waits, at once. Its attempts are counted anew.
// `conflict` for any other.
struct retry_email {
    static constexpr auto message = bus::request<email_accepted>("email.retry", 1);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(retry_email, (), (id))

// Sends a captured mail, to those for whom it was kept here. `conflict` for any other, for a receiver who is not in
// email.release_to, and when there is no server for one of them.
struct release_email {
    static constexpr auto message = bus::request<email_accepted>("email.release", 1);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(release_email, (), (id))

struct get_email {
    static constexpr auto message = bus::request<email_view>("email.get", 1, bus::repetition::harmless);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(get_email, (), (id))

struct email_page {
    std::vector<email_view> items;
    std::int64_t page = 1;
    std::int64_t size = 10;
    std::int64_t total_count = 0;
    std::int64_t total_pages = 0;
    bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(email_page, (), (items, page, size, total_count, total_pages, has_more))

// Newest first.
struct search_emails {
    static constexpr auto message = bus::request<email_page>("email.search", 1, bus::repetition::harmless);
    std::optional<std::string> receiver;  // the whole address, compared without case
    std::optional<std::string> status;    // as in email_view
    std::optional<std::string> search{};  // each word has to begin one of subject, addresses or text; any characters
    std::int64_t page = 1;                // from 1
    std::int64_t size = 10;               // 1 to 100
};
BOOST_DESCRIBE_STRUCT(search_emails, (), (receiver, status, search, page, size))

// The message as it was, or would have been, given to the server (RFC 5322, CRLF line ends), without the DKIM-Signature
// that each attempt puts in front of it.
struct raw_email {
    std::string message;
};
BOOST_DESCRIBE_STRUCT(raw_email, (), (message))

struct get_raw_email {
    static constexpr auto message = bus::request<raw_email>("email.get_raw", 1, bus::repetition::harmless);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(get_raw_email, (), (id))

// A mail is in the queue, durably.
struct email_queued {
    static constexpr auto message = bus::event("email.email_queued", 1);
    std::string email_id;
    std::vector<std::string> to;
    [[nodiscard]] const std::string& key() const { return email_id; }
};
BOOST_DESCRIBE_STRUCT(email_queued, (), (email_id, to))

// An SMTP server took responsibility for a mail. A captured mail has no such event: it went nowhere.
struct email_sent {
    static constexpr auto message = bus::event("email.email_sent", 1);
    std::string email_id;
    std::vector<std::string> to;
    std::int64_t attempts = 0;
    [[nodiscard]] const std::string& key() const { return email_id; }
};
BOOST_DESCRIBE_STRUCT(email_sent, (), (email_id, to, attempts))

// A mail will not be tried again by itself. The reply text stays in email_view::last_error: a server may quote the mail
// in it.
struct email_failed {
    static constexpr auto message = bus::event("email.email_failed", 1);
    std::string email_id;
    std::vector<std::string> to;
    std::int64_t attempts = 0;
    std::int64_t reply_code = 0;  // of the last SMTP reply; 0 when no server ever replied
    [[nodiscard]] const std::string& key() const { return email_id; }
};
BOOST_DESCRIBE_STRUCT(email_failed, (), (email_id, to, attempts, reply_code))

}  // namespace email
