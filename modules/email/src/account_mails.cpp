#include "account_mails.hpp"

#include <chrono>
#include <core/email_address.hpp>
#include <functional>
#include <stdexcept>

#include "handover.hpp"
#include "mail_queue.hpp"
#include "mail_repository.hpp"

namespace email {
namespace {

constexpr std::chrono::seconds link_limit{10};

// The value of `token` in a link; all of the link when it has none, so that nothing secret can stay by mistake.
std::string secret_of(const std::string& link) {
    constexpr std::string_view name = "token=";
    const auto at = link.find(name);
    if (at == std::string::npos) return link;
    const auto begin = at + name.size();
    return link.substr(begin, link.find_first_of("&#", begin) - begin);
}

// 2026-11-21 09:30 UTC
std::string for_people(core::timestamp time) {
    auto text = core::to_rfc3339(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

core::email_address parsed(const std::string& address) {
    auto result = core::parse_email_address(address, core::domain_form::any);
    if (!result) throw bus::rejected{"the address in the event is not in a valid form"};
    return std::move(*result);
}

}  // namespace

template_values pages_for_people(const settings& settings) {
    return {{"public_url", settings.public_url + "/"},
            {"login_link", settings.public_url + "/login"},
            {"forgot_link", settings.public_url + "/forgot"}};
}

account_mails::account_mails(const bus::module_context& context, const settings& settings, delivery& delivery,
                             storage::deferred_index& words)
    : context_{context},
      settings_{settings},
      delivery_{delivery},
      words_{words},
      templates_{load_templates(settings.templates_dir)} {}

void account_mails::add() {
    context_.bus.asks<registration::mail_link>();
    context_.bus.on("registration_mails")
        .event<registration::user_registered>(std::bind_front(&account_mails::registered, this))
        .event<registration::registration_repeated>(std::bind_front(&account_mails::repeated, this))
        .event<registration::confirmation_requested>(std::bind_front(&account_mails::confirmation_wanted, this))
        .event<registration::password_reset_requested>(std::bind_front(&account_mails::reset_wanted, this))
        .event<registration::password_changed>(std::bind_front(&account_mails::password_changed, this))
        .event<registration::address_change_requested>(std::bind_front(&account_mails::new_address_wanted, this))
        .event<registration::address_changed>(std::bind_front(&account_mails::address_changed, this))
        .event<registration::user_deleted>(std::bind_front(&account_mails::deleted, this));
}

core::awaitable<void> account_mails::registered(const registration::user_registered& event, bus::delivery& delivery) {
    return send_link({"welcome", event.name, event.email}, event.user_id, "confirmation", delivery);
}

core::awaitable<void> account_mails::repeated(const registration::registration_repeated& event,
                                              bus::delivery& delivery) {
    if (event.is_confirmed) return send({"already_registered", event.name, event.email}, delivery);
    // Who has not confirmed yet has lost the first mail, most likely: a new link is what helps.
    return send_link({"welcome", event.name, event.email}, event.user_id, "confirmation", delivery);
}

core::awaitable<void> account_mails::confirmation_wanted(const registration::confirmation_requested& event,
                                                         bus::delivery& delivery) {
    return send_link({"welcome", event.name, event.email}, event.user_id, "confirmation", delivery);
}

core::awaitable<void> account_mails::reset_wanted(const registration::password_reset_requested& event,
                                                  bus::delivery& delivery) {
    return send_link({"reset", event.name, event.email}, event.user_id, "password_reset", delivery);
}

core::awaitable<void> account_mails::password_changed(const registration::password_changed& event,
                                                      bus::delivery& delivery) {
    return send({"password_changed", event.name, event.email}, delivery);
}

core::awaitable<void> account_mails::new_address_wanted(const registration::address_change_requested& event,
                                                        bus::delivery& delivery) {
    // The name is not that of its owner.
    if (event.is_taken) return send({"already_registered", "", event.new_email}, delivery);
    return send_link({"new_address", event.name, event.new_email}, event.user_id, "new_address", delivery);
}

core::awaitable<void> account_mails::address_changed(const registration::address_changed& event,
                                                     bus::delivery& delivery) {
    return send({"address_changed", event.name, event.old_email}, delivery);
}

// What is left of the person is the mail that says so.
core::awaitable<void> account_mails::deleted(const registration::user_deleted& event, bus::delivery& delivery) {
    auto mail = make_mail({"account_deleted", event.name, event.email}, {});
    mail.trace = delivery.from().trace;
    const auto raw = compose(mail.content);
    handover handover{delivery_, words_, mail, raw};
    co_await delivery.commit([&](storage::transaction& transaction) {
        mail_repository::erase_receiver(transaction, mail.recipients.front().address.key);
        handover.queue(transaction);
    });
    handover.committed();
}

core::awaitable<void> account_mails::send_link(letter to, std::string user_id, std::string_view purpose,
                                               bus::delivery& delivery) {
    const bus::call call{.from = delivery.from(), .deadline = context_.runtime.time.monotonic() + link_limit};
    const auto answer =
        co_await context_.bus.request(registration::mail_link{std::move(user_id), std::string{purpose}}, call);
    if (!answer) {
        const auto kind = answer.error().kind;
        // Confirmed meanwhile, or gone: nobody waits for this mail.
        if (kind == core::error_kind::conflict || kind == core::error_kind::not_found) co_return;
        if (kind == core::error_kind::no_handler || kind == core::error_kind::overloaded ||
            kind == core::error_kind::timed_out || kind == core::error_kind::storage_full)
            throw bus::not_now{"registration gives no link at present: " + answer.error().detail};
        throw std::runtime_error{"registration refuses a link: " + answer.error().detail};
    }
    auto mail = make_mail(to, {{"link", answer->link}, {"expires_at", for_people(answer->expires_at)}});
    mail.secret = secret_of(answer->link);
    co_await enqueue(delivery, std::move(mail));
}

core::awaitable<void> account_mails::send(letter to, bus::delivery& delivery) {
    co_await enqueue(delivery, make_mail(to, {}));
}

new_mail account_mails::make_mail(const letter& to, template_values values) {
    auto address = parsed(to.address);
    new_mail mail{.kind = to.kind, .content = new_content(context_, settings_), .recipients = {}, .secret = {}};
    const auto shown_name = one_line(to.name);
    mail.content.to.push_back({shown_name, address.canonical});
    mail.recipients.push_back({shown_name, std::move(address)});
    values.emplace("name", shown_name);
    values.merge(pages_for_people(settings_));
    auto rendered = templates_.render(to.kind, values);
    mail.content.subject = std::move(rendered.subject);
    mail.content.text = std::move(rendered.text);
    mail.content.html = std::move(rendered.html);
    return mail;
}

core::awaitable<void> account_mails::enqueue(bus::delivery& delivery, new_mail mail) {
    mail.trace = delivery.from().trace;
    const auto raw = compose(mail.content);
    handover handover{delivery_, words_, mail, raw};
    co_await delivery.commit([&handover](storage::transaction& transaction) { handover.queue(transaction); });
    handover.committed();
}

}  // namespace email
