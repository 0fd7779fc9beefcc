#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace email {

// How far a conversation had come when it ended. Whatever goes wrong before MAIL FROM says nothing about the mail.
enum class smtp_stage : std::uint8_t {
    connecting,  // name, TCP, TLS, greeting, EHLO
    securing,    // STARTTLS and what follows until the next EHLO
    signing_in,  // AUTH
    sender,      // MAIL FROM
    recipients,  // RCPT TO
    content,     // DATA and the message
};

// What the server said when it was told of a recipient; code 0: it was not told, or did not reply.
struct recipient_reply {
    int code = 0;
    std::string text{};
};

// What happened at one attempt, as the SMTP client saw it.
struct smtp_attempt {
    bool accepted = false;  // the server took responsibility: 250 after the message
    smtp_stage stage = smtp_stage::connecting;
    int reply_code = 0;                         // of the last reply; 0 when there was none
    std::string reply{};                        // its text; or what went wrong when it was not the server who said so
    bool interrupted = false;                   // broken off by us: the module stops, or the mail was not to go out
    std::vector<recipient_reply> recipients{};  // in the order of the envelope; those at the end may be missing
    std::chrono::milliseconds took{};
    std::string transcript{};  // the conversation, for people: a line each, printable, without content and credentials
};

enum class verdict : std::uint8_t {
    sent,       //
    permanent,  // the server will never take this mail
    temporary,  // this mail may go through later
    host,       // no mail would go through at present: not the mail's fault, so not its attempt
};

// The reply code decides, not the library's idea of an error (DESIGN.md, section 6): accepted is sent, 500 and up is
// permanent, all else is temporary. One exception: replies to STARTTLS and AUTH are about our settings, and a mistyped
// password must not end every mail of the queue.
[[nodiscard]] verdict judge(const smtp_attempt& attempt);

// For each of `count` recipients what it means for the mail to this one, and what the server said of it. A server may
// take some and refuse others (RFC 5321, section 3.3); what becomes of the message then counts for those that it took.
// Not asked when judge() says `host`.
struct recipient_outcome {
    verdict outcome = verdict::temporary;
    int reply_code = 0;
    std::string reply{};
};
[[nodiscard]] std::vector<recipient_outcome> judge_recipients(const smtp_attempt& attempt, std::size_t count);

// Replaces each `secret` by asterisks; nothing when it is empty.
void hide(std::string& text, const std::string& secret);

// A line for people: printable ASCII, one line, at most 500 bytes, without `password`.
[[nodiscard]] std::string describe_reply(std::string reply, const std::string& password);

}  // namespace email
