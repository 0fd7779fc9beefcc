#include "mail_queue.hpp"

#include <bus/publish.hpp>
#include <email/messages.hpp>

#include "delivery_rows.hpp"
#include "mail_repository.hpp"

namespace email {
namespace {

// As it was written into the queue, for the receivers at one server.
claimed_mail claim(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                   const std::string& raw, const std::string& server, std::int64_t sequence) {
    claimed_mail claimed{.sequence = sequence,
                         .id = mail.content.id,
                         .server = server,
                         .attempts = 1,
                         .queued_at = mail.content.date,
                         .envelope = {.from = mail.content.from.address, .to = {}},
                         .positions = {},
                         .raw = raw,
                         .from = {.trace = transaction.from().trace, .cause = {}},
                         .secret = mail.secret,
                         .content = mail.secret.empty() ? message_content{} : mail.content};
    for (std::size_t i = 0; i < mail.recipients.size(); ++i) {
        const auto& address = mail.recipients[i].address.canonical;
        if (routes.of(address) != server) continue;
        claimed.positions.push_back(static_cast<std::int64_t>(i));
        claimed.envelope.to.push_back(address);
    }
    return claimed;
}

}  // namespace

message_content new_content(const bus::module_context& context, const settings& settings) {
    message_content content;
    content.id = context.runtime.ids.next();
    content.message_id = message_id_of(content.id, settings.from_address);
    content.date = context.runtime.time.now();
    content.from = {settings.from_name, settings.from_address};
    return content;
}

std::optional<claimed_mail> queue_mail(storage::transaction& transaction, const smtp_routes& routes,
                                       const new_mail& mail, const std::string& raw, const std::string* resting) {
    const bool goes_at_once = resting != nullptr && !delivery_rows::has_due(transaction, *resting, transaction.now());
    const auto sequence = mail_repository::insert(transaction, routes, mail, raw, goes_at_once ? resting : nullptr);
    email_queued event{.email_id = mail.content.id, .to = {}};
    for (const auto& one : mail.recipients) event.to.push_back(one.address.canonical);
    bus::publish(transaction, std::move(event));
    if (!goes_at_once) return std::nullopt;
    return claim(transaction, routes, mail, raw, *resting, sequence);
}

}  // namespace email
