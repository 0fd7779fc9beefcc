#pragma once

#include <bus/module_context.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>

#include "mail.hpp"
#include "smtp_routes.hpp"

namespace email {

// A message from the operator's address, of now, with an id of its own.
[[nodiscard]] message_content new_content(const bus::module_context& context, const settings& settings);

// A mail that is not in the queue yet as it will be claimed, for its receivers at a server, but for its sequence.
[[nodiscard]] claimed_mail claim(const smtp_routes& routes, const new_mail& mail, const std::string& raw,
                                 const std::string& server);

// Puts a mail into the queue and tells of it. `begun_at`: the server that a worker has begun to talk to about it, if
// any; for its receivers there the mail is that worker's. Returns its sequence.
std::int64_t queue_mail(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                        const std::string& raw, const std::string* begun_at);

}  // namespace email
