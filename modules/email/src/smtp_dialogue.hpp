#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "smtp_outcome.hpp"

namespace email {

// Follows a conversation with an SMTP server from what libcurl tells of it: how far it came, what was replied last,
// what the server can do. No I/O. Credentials pass by here and are not kept.
class smtp_dialogue {
public:
    // A new mail begins, on a new connection or on one that is kept.
    void begin(bool needs_utf8) noexcept;

    // A command as it was sent. What comes after QUIT is not looked at: libcurl says it by itself after a refusal.
    void sent(std::string_view command);

    // A line of a reply. False: this conversation must end now (see trouble()).
    [[nodiscard]] bool received(std::string_view line);

    [[nodiscard]] smtp_stage stage() const noexcept { return stage_; }
    [[nodiscard]] int reply_code() const noexcept { return reply_code_; }
    // All lines of the last reply, each with its code, separated by blanks.
    [[nodiscard]] const std::string& reply() const noexcept { return reply_; }

    // As far as recipients were told to the server, in their order.
    [[nodiscard]] const std::vector<recipient_reply>& recipients() const noexcept { return recipients_; }

    // The server has replied about the last of so many recipients, and has taken one at least.
    [[nodiscard]] bool is_before_content(std::size_t recipients) const noexcept;

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    // The message was handed over, so many bytes of it.
    void sent_message(std::size_t bytes);
    // Something happened that is no command and no reply.
    void note(std::string_view what) { record("! ", what); }
    // All of it, a line each, for people: commands after "> ", replies after "< ", notes after "! ".
    [[nodiscard]] const std::string& transcript() const noexcept { return transcript_; }

    // A UTF-8 address is to go to a server that does not offer SMTPUTF8.
    [[nodiscard]] bool lacks_utf8() const noexcept { return lacks_utf8_; }
    // A reply longer than any server needs.
    [[nodiscard]] bool is_excessive() const noexcept { return excessive_; }

private:
    void record(std::string_view direction, std::string_view line);

    smtp_stage stage_ = smtp_stage::connecting;
    int reply_code_ = 0;
    std::string reply_;
    std::vector<recipient_reply> recipients_;
    std::string transcript_;
    std::size_t reply_lines_ = 0;
    bool reply_complete_ = true;
    bool is_over_ = false;
    bool needs_utf8_ = false;
    bool offers_utf8_ = false;
    bool lacks_utf8_ = false;
    bool excessive_ = false;
};

}  // namespace email
