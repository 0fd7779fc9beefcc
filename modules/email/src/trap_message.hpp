#pragma once

#include <core/clock.hpp>
#include <email/settings.hpp>
#include <string>

#include "mail.hpp"
#include "trap_session.hpp"

namespace email {

// What is kept of a mail that the trap got: the bytes, with the trace that the trap leaves in front of them, and what
// people see of it.
struct kept_mail {
    new_mail mail;
    std::string raw;
};

// What cannot be read is not shown; nothing makes it fail. HTML is sanitised, texts are cut off at 1 MiB, and files
// after the hundredth are not listed. Any thread; a large mail takes its time.
[[nodiscard]] kept_mail read_trapped(const trapped_mail& mail, const settings& settings, const std::string& id,
                                     core::timestamp now);

}  // namespace email
