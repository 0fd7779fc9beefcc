#include "handlers.hpp"

#include <bus/publish.hpp>
#include <core/email_address.hpp>
#include <functional>
#include <stdexcept>
#include <storage/error.hpp>
#include <string_view>

#include "mail_repository.hpp"
#include "send_rules.hpp"

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

core::error failed_write(const storage::error& failure) {
    if (failure.kind() == storage::failure::full)
        return {core::error_kind::storage_full, "The disk is full; nothing was queued."};
    if (failure.kind() == storage::failure::overloaded)
        return {core::error_kind::overloaded, "Too much is being written; try again in a moment."};
    throw failure;
}

void publish_queued(storage::transaction& transaction, const new_mail& mail) {
    email_queued event{.email_id = mail.content.id, .to = {}};
    for (const auto& one : mail.recipients) event.to.push_back(one.address.canonical);
    bus::publish(transaction, std::move(event));
}

}  // namespace

handlers::handlers(const bus::module_context& context, const settings& settings, sender& sender)
    : context_{context}, settings_{settings}, sender_{sender}, templates_{templates()} {}

void handlers::add() {
    context_.bus.answer<send_email>(std::bind_front(&handlers::send, this));
    context_.bus.answer<get_email>(std::bind_front(&handlers::get, this));
    context_.bus.answer<get_raw_email>(std::bind_front(&handlers::get_raw, this));
    context_.bus.answer<search_emails>(std::bind_front(&handlers::search, this));
    context_.bus.asks<registration::mail_link>();
    context_.bus.on("registration_mails")
        .event<registration::user_registered>(std::bind_front(&handlers::on_user_registered, this))
        .event<registration::registration_repeated>(std::bind_front(&handlers::on_registration_repeated, this));
}

message_content handlers::new_content() const {
    message_content content;
    content.id = context_.runtime.ids.next();
    content.message_id = message_id_of(content.id, settings_.from_address);
    content.date = context_.runtime.time.now();
    content.from = {settings_.from_name, settings_.from_address};
    return content;
}

core::awaitable<core::result<email_accepted>> handlers::send(send_email request, bus::call call) {
    auto receivers = check(request, settings_.largest_mail);
    if (!receivers) co_return std::unexpected{std::move(receivers.error())};

    new_mail mail{.kind = "message", .content = new_content(), .recipients = std::move(*receivers), .secret = {}};
    for (const auto& one : mail.recipients) mail.content.to.push_back({one.name, one.address.canonical});
    mail.content.subject = std::move(request.subject);
    mail.content.text = std::move(request.text);
    mail.content.html = std::move(request.html);
    const auto raw = compose(mail.content);
    try {
        co_await context_.database.write(call.from, [&mail, &raw](storage::transaction& transaction) {
            mail_repository::insert(transaction, mail, raw);
            publish_queued(transaction, mail);
        });
    } catch (const storage::error& failure) {
        co_return std::unexpected{failed_write(failure)};
    }
    sender_.wake();
    co_return email_accepted{.id = mail.content.id, .status = "queued"};
}

core::awaitable<core::result<email_view>> handlers::get(get_email request, bus::call) {
    auto view = context_.database.read(
        [&request](storage::reader& reader) { return mail_repository::find(reader, request.id); });
    if (!view) co_return core::fail(core::error_kind::not_found, "There is no such mail.");
    co_return std::move(*view);
}

core::awaitable<core::result<raw_email>> handlers::get_raw(get_raw_email request, bus::call) {
    auto raw = context_.database.read(
        [&request](storage::reader& reader) { return mail_repository::find_raw(reader, request.id); });
    if (!raw) co_return core::fail(core::error_kind::not_found, "There is no such mail.");
    co_return raw_email{std::move(*raw)};
}

core::awaitable<core::result<email_page>> handlers::search(search_emails request, bus::call) {
    if (auto right = check(request); !right) co_return std::unexpected{std::move(right.error())};
    std::optional<std::string> receiver_key;
    if (request.receiver) {
        const auto address = core::parse_email_address(*request.receiver, core::domain_form::any);
        // What is no address has received nothing.
        if (!address) co_return email_page{.items = {}, .page = request.page, .size = request.size};
        receiver_key = address->key;
    }
    try {
        co_return co_await context_.database.search([&request, &receiver_key](storage::reader& reader) {
            return mail_repository::search(reader, request, receiver_key);
        });
    } catch (const storage::error& failure) {
        if (failure.kind() != storage::failure::overloaded) throw;
    }
    co_return core::fail(core::error_kind::overloaded, "Too many searches are waiting; try again in a moment.");
}

new_mail handlers::make_mail(const std::string& kind, const std::string& name, const std::string& address,
                             template_values values) {
    auto parsed = core::parse_email_address(address, core::domain_form::any);
    if (!parsed) throw bus::rejected{"the address in the event is not in a valid form"};
    new_mail mail{.kind = kind, .content = new_content(), .recipients = {}, .secret = {}};
    const auto shown_name = one_line(name);
    mail.content.to.push_back({shown_name, parsed->canonical});
    mail.recipients.push_back({shown_name, std::move(*parsed)});
    values.emplace("name", shown_name);
    auto rendered = templates_.render(kind, values);
    mail.content.subject = std::move(rendered.subject);
    mail.content.text = std::move(rendered.text);
    mail.content.html = std::move(rendered.html);
    return mail;
}

core::awaitable<void> handlers::on_user_registered(const registration::user_registered& event,
                                                   bus::delivery& delivery) {
    co_await send_welcome(event.user_id, event.name, event.email, delivery);
}

core::awaitable<void> handlers::on_registration_repeated(const registration::registration_repeated& event,
                                                         bus::delivery& delivery) {
    // Who has not confirmed yet has lost the first mail, most likely: a new link is what helps.
    if (!event.is_confirmed) co_return co_await send_welcome(event.user_id, event.name, event.email, delivery);
    co_await enqueue(delivery, make_mail("already_registered", event.name, event.email,
                                         {{"login_link", settings_.public_url + "/login"},
                                          {"public_url", settings_.public_url + "/"}}));
}

core::awaitable<void> handlers::send_welcome(const std::string& user_id, const std::string& name,
                                             const std::string& address, bus::delivery& delivery) {
    const bus::call call{.from = delivery.from(), .deadline = context_.runtime.time.monotonic() + link_limit};
    const auto answer = co_await context_.bus.request(registration::mail_link{user_id, "confirmation"}, call);
    if (!answer) {
        const auto kind = answer.error().kind;
        // Confirmed meanwhile, or gone: nobody waits for this mail.
        if (kind == core::error_kind::conflict || kind == core::error_kind::not_found) co_return;
        if (kind == core::error_kind::no_handler || kind == core::error_kind::overloaded ||
            kind == core::error_kind::timed_out || kind == core::error_kind::storage_full)
            throw bus::not_now{"registration gives no confirmation link at present: " + answer.error().detail};
        throw std::runtime_error{"registration refuses a confirmation link: " + answer.error().detail};
    }
    auto mail =
        make_mail("welcome", name, address, {{"link", answer->link}, {"expires_at", for_people(answer->expires_at)}});
    mail.secret = secret_of(answer->link);
    co_await enqueue(delivery, std::move(mail));
}

core::awaitable<void> handlers::enqueue(bus::delivery& delivery, new_mail mail) {
    const auto raw = compose(mail.content);
    co_await delivery.commit([&mail, &raw](storage::transaction& transaction) {
        mail_repository::insert(transaction, mail, raw);
        publish_queued(transaction, mail);
    });
    sender_.wake();
}

}  // namespace email
