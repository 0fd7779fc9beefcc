#include "mail_queue.hpp"

#include <bus/publish.hpp>
#include <email/messages.hpp>

#include "delivery_rows.hpp"
#include "mail_repository.hpp"

namespace email {

message_content new_content(const bus::module_context& context, const settings& settings) {
    message_content content;
    content.id = context.runtime.ids.next();
    content.message_id = message_id_of(content.id, settings.from_address);
    content.date = context.runtime.time.now();
    content.from = {settings.from_name, settings.from_address};
    return content;
}

claimed_mail claim(const smtp_routes& routes, const new_mail& mail, const std::string& raw, const std::string& server) {
    claimed_mail claimed{.id = mail.content.id,
                         .server = server,
                         .attempts = 1,
                         .queued_at = mail.content.date,
                         .envelope = {.from = mail.content.from.address, .to = {}},
                         .positions = {},
                         .raw = raw,
                         .from = {.trace = mail.trace, .cause = {}},
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

std::int64_t queue_mail(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                        const std::string& raw, const std::string* begun_at) {
    const auto sequence = mail_repository::insert(transaction, routes, mail, raw, begun_at);
    email_queued event{.email_id = mail.content.id, .to = {}};
    for (const auto& one : mail.recipients) event.to.push_back(one.address.canonical);
    bus::publish(transaction, std::move(event));
    return sequence;
}

}  // namespace email
