#pragma once

#include <core/clock.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace email {

struct party {
    std::string name;     // UTF-8; may be empty
    std::string address;  // canonical (core::email_address)
};

struct attached_file {
    std::string name;  // header text
    std::string type;  // type/subtype
    std::string content;
};

// All that a message is made of. The same content always gives the same bytes, so a repeat is a repeat.
struct message_content {
    std::string id;          // of the mail
    std::string message_id;  // without angle brackets
    core::timestamp date{};
    party from;
    std::vector<party> to;
    std::vector<party> cc{};
    std::string reply_to{};  // canonical; may be empty
    std::string subject;
    std::optional<std::string> text;
    std::optional<std::string> html;
    std::vector<attached_file> attachments{};
    std::string list_unsubscribe{};  // is_unsubscribe_address(), or empty
};

// <id>@<domain of the sender>.
[[nodiscard]] std::string message_id_of(std::string_view id, std::string_view from_address);

// Whether `value` may stand in a header: valid UTF-8 without control characters, so without a line end.
[[nodiscard]] bool is_header_text(std::string_view value);

// Whether `value` may be the body of a part: valid UTF-8 without NUL.
[[nodiscard]] bool is_body_text(std::string_view value);

// The message as RFC 5322 and MIME want it: CRLF line ends, no line over 998 bytes, header fields in ASCII (RFC 2047)
// but for addresses that need SMTPUTF8. Throws std::invalid_argument when a header value is no header text: what checks
// input comes before, this is the last gate. Any thread.
[[nodiscard]] std::string compose(const message_content& content);

}  // namespace email
