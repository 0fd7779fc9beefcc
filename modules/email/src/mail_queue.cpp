#include "mail_queue.hpp"

#include <bus/publish.hpp>
#include <email/messages.hpp>

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

std::int64_t queue_mail(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                        const std::string& raw) {
    const auto sequence = mail_repository::insert(transaction, routes, mail, raw);
    email_queued event{.email_id = mail.content.id, .to = {}};
    for (const auto& one : mail.recipients) event.to.push_back(one.address.canonical);
    bus::publish(transaction, std::move(event));
    return sequence;
}

}  // namespace email
