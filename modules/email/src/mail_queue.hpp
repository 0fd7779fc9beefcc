#pragma once

#include <bus/module_context.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <storage/transaction.hpp>
#include <string>

#include "mail.hpp"
#include "smtp_routes.hpp"

namespace email {

// A message from the operator's address, of now, with an id of its own.
[[nodiscard]] message_content new_content(const bus::module_context& context, const settings& settings);

// Puts a mail into the queue and tells of it; returns its sequence. See handover.
std::int64_t queue_mail(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                        const std::string& raw);

}  // namespace email
