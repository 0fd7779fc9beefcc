#pragma once

#include <core/email_address.hpp>
#include <core/trace.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "envelope.hpp"
#include "message.hpp"

namespace email {

enum class recipient_kind : std::uint8_t { to, cc, bcc };

struct recipient {
    std::string name;  // may be empty
    core::email_address address;
    recipient_kind kind = recipient_kind::to;
};

// A mail on its way into the queue.
struct new_mail {
    std::string kind;  // of template; "message" for one given by a caller
    message_content content;
    std::vector<recipient> recipients;
    std::string secret;           // a token within text and HTML; may be empty
    core::trace_context trace{};  // of the order
};

// A mail that was taken from the queue to be sent.
struct claimed_mail {
    std::int64_t sequence = 0;
    std::string id;
    std::string server;                   // whose turn it is (smtp_routes)
    std::int64_t attempts = 0;            // with the one that is beginning
    core::timestamp queued_at{};          // since when it waits: when it was made, or when somebody had it sent again
    email::envelope envelope;             // of those that go there and are due
    std::vector<std::int64_t> positions;  // of these among the recipients
    std::string raw;
    core::origin from;
    std::string secret;
    message_content content;  // only with a secret: to make the copy without it
};

// The stored copy of a delivered mail holds no token (DESIGN.md, section 6).
struct masked_copy {
    message_content content;
    std::string raw;
};
[[nodiscard]] masked_copy mask(const message_content& content, const std::string& secret);

// `Busbar <no-reply@localhost>`, for people: the name is quoted when RFC 5322 wants that.
[[nodiscard]] std::string format_mailbox(const party& who);

}  // namespace email
