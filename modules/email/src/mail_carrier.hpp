#pragma once

#include <functional>
#include <string_view>

#include "envelope.hpp"
#include "smtp_outcome.hpp"

namespace email {

// Asked before the content goes out, on the thread that sends, and may block; false: the conversation ends there, as
// interrupted. None: it may.
using content_permission = std::function<bool()>;

// Makes attempts to hand over mails, one at a time. Blocks: for a thread of a pool.
class mail_carrier {
public:
    mail_carrier() = default;
    mail_carrier(const mail_carrier&) = delete;
    mail_carrier& operator=(const mail_carrier&) = delete;
    virtual ~mail_carrier() = default;

    // `message` has CRLF line ends. Throws std::invalid_argument for an address that could leave its command, before
    // anything is sent.
    [[nodiscard]] virtual smtp_attempt send(const envelope& envelope, std::string_view message,
                                            const content_permission& may_go_out) = 0;

    // Closes what is kept from mail to mail.
    virtual void close() {}
};

}  // namespace email
