#pragma once

#include <bus/module_context.hpp>
#include <email/settings.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>

#include "mail.hpp"
#include "smtp_routes.hpp"

namespace email {

// A message from the operator's address, of now, with an id of its own.
[[nodiscard]] message_content new_content(const bus::module_context& context, const settings& settings);

// Puts a mail into the queue and tells of it. `resting`: a server that a worker is ready for, if any; unless another
// mail waits there it takes this one, for its receivers there. See handover.
std::optional<claimed_mail> queue_mail(storage::transaction& transaction, const smtp_routes& routes,
                                       const new_mail& mail, const std::string& raw, const std::string* resting);

}  // namespace email
