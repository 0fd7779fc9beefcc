#pragma once

#include <core/rate_limiter.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string_view>

namespace registration::mail_requests {

// Notes that somebody wants a mail to be sent to this address, known or not, and says whether one may be: at most
// `limit`, and five times as many in an hour (SECURITY.md S14). Each call writes the same, so that neither the answer
// nor its time tells more.
[[nodiscard]] bool note(storage::transaction& transaction, std::string_view email_key,
                        const std::optional<core::rate>& limit);

}  // namespace registration::mail_requests
