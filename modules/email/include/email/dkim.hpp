#pragma once

#include <email/settings.hpp>
#include <string>

namespace email {

// What others look up in the DNS to check the signatures of this server's mails (RFC 6376, section 3.6).
struct dkim_record {
    std::string name;  // of a TXT record
    std::string text;
};

// For settings.dkim, which must be there. Reads its key. Throws core::fatal_error (configuration), which names the
// setting and says what to do.
[[nodiscard]] dkim_record dkim_record_for(const settings& settings);

}  // namespace email
