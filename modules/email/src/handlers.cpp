#include "handlers.hpp"

#include <bus/once.hpp>
#include <core/email_address.hpp>
#include <functional>
#include <storage/error.hpp>
#include <storage/full_text.hpp>

#include "ascii.hpp"
#include "delivery_rows.hpp"
#include "handover.hpp"
#include "mail_queue.hpp"
#include "mail_repository.hpp"
#include "mail_words.hpp"
#include "send_rules.hpp"

namespace email {
namespace {

core::error failed_write(const storage::error& failure) {
    if (failure.kind() == storage::failure::full)
        return {core::error_kind::storage_full, "The disk is full; nothing was queued."};
    if (failure.kind() == storage::failure::overloaded)
        return {core::error_kind::overloaded, "Too much is being written; try again in a moment."};
    throw failure;
}

constexpr std::size_t most_waiting_checks = 1024;

core::error too_many() {
    return {core::error_kind::overloaded, "Too many mails wait to be checked; try again in a moment."};
}

std::unexpected<core::error> too_busy() {
    return core::fail(core::error_kind::overloaded, "Too many searches are waiting; try again in a moment.");
}

// In the headers, but for those whom the others are not to know of.
void name_recipients(new_mail& mail) {
    for (const auto& one : mail.recipients) {
        if (one.kind == recipient_kind::to) mail.content.to.push_back({one.name, one.address.canonical});
        if (one.kind == recipient_kind::cc) mail.content.cc.push_back({one.name, one.address.canonical});
    }
}

core::error not_again(const std::string& status) {
    if (status == "sending") return {core::error_kind::conflict, "The mail is being sent at this moment."};
    if (status == "captured")
        return {core::error_kind::conflict, "The mail was captured: it was not sent yet. Release it to send it."};
    return {core::error_kind::conflict, "The mail was sent. Send a new one instead."};
}

core::error not_released(const delivery_rows::release_result& result) {
    using enum delivery_rows::release_outcome;
    if (result.outcome == unknown) return {core::error_kind::not_found, "There is no such mail."};
    if (result.outcome == not_captured)
        return {core::error_kind::conflict, "Only a captured mail can be released; this one is " + result.reason + "."};
    if (result.outcome == not_allowed)
        return {core::error_kind::conflict,
                "Mails may not be released to " + result.reason + ": email.release_to does not name it."};
    return {core::error_kind::conflict,
            "There is no server for mails to " + result.reason + ": set email.release_url, or email.smtp_url."};
}

}  // namespace

handlers::handlers(const bus::module_context& context, const settings& settings, delivery& delivery,
                   storage::deferred_index& words)
    : context_{context},
      settings_{settings},
      delivery_{delivery},
      words_{words},
      checks_{context.runtime.loop, {.name = "mail checks", .threads = 1, .queue = most_waiting_checks}} {}

void handlers::add() {
    context_.bus.answer<send_email>(std::bind_front(&handlers::send, this));
    context_.bus.answer<retry_email>(std::bind_front(&handlers::retry, this));
    context_.bus.answer<release_email>(std::bind_front(&handlers::release, this));
    context_.bus.answer<get_email>(std::bind_front(&handlers::get, this));
    context_.bus.answer<get_raw_email>(std::bind_front(&handlers::get_raw, this));
    context_.bus.answer<search_emails>(std::bind_front(&handlers::search, this));
}

core::awaitable<core::result<email_accepted>> handlers::send(send_email request, bus::call call) {
    auto parts = co_await checked(request);
    if (!parts) co_return std::unexpected{std::move(parts.error())};
    const auto asked = call.idempotency_key.empty() ? std::string{} : bus::encode(request);

    new_mail mail{.kind = "message",
                  .content = new_content(context_, settings_),
                  .recipients = std::move(parts->recipients),
                  .secret = {},
                  .trace = call.from.trace};
    name_recipients(mail);
    mail.content.reply_to = std::move(parts->reply_to);
    mail.content.attachments = std::move(parts->attachments);
    mail.content.list_unsubscribe = std::move(request.list_unsubscribe).value_or("");
    mail.content.subject = std::move(request.subject);
    mail.content.text = std::move(request.text);
    mail.content.html = std::move(parts->html);
    const auto raw = co_await composed(mail.content);
    if (!raw) co_return std::unexpected{raw.error()};
    try {
        handover handover{delivery_, words_, mail, *raw};
        auto accepted = co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
            return bus::once<email_accepted>(transaction, call, asked, [&]() -> core::result<email_accepted> {
                handover.queue(transaction);
                return email_accepted{.id = mail.content.id, .status = "queued"};
            });
        });
        handover.committed();
        co_return accepted;
    } catch (const storage::error& failure) {
        co_return std::unexpected{failed_write(failure)};
    }
}

// On a thread when it takes its time.
core::awaitable<core::result<checked_mail>> handlers::checked(const send_email& request) {
    const auto largest = settings_.largest_attachments;
    if (!request.html && !request.attachments) co_return check(request, largest);
    auto result = co_await checks_.run([&request, largest] { return check(request, largest); });
    if (result) co_return std::move(*result);
    co_return std::unexpected{too_many()};
}

core::awaitable<core::result<std::string>> handlers::composed(const message_content& content) {
    if (content.attachments.empty()) co_return compose(content);
    auto raw = co_await checks_.run([&content] { return compose(content); });
    if (raw) co_return std::move(*raw);
    co_return std::unexpected{too_many()};
}

core::awaitable<core::result<email_accepted>> handlers::retry(retry_email request, bus::call call) {
    try {
        auto queued = co_await context_.database.write(
            call.from, [&](storage::transaction& transaction) -> core::result<email_accepted> {
                const auto status = delivery_rows::queue_again(transaction, delivery_.routes(), request.id);
                if (!status) return core::fail(core::error_kind::not_found, "There is no such mail.");
                if (*status != "failed" && *status != "queued") return std::unexpected{not_again(*status)};
                return email_accepted{.id = request.id, .status = "queued"};
            });
        delivery_.wake();
        co_return queued;
    } catch (const storage::error& failure) {
        co_return std::unexpected{failed_write(failure)};
    }
}

core::awaitable<core::result<email_accepted>> handlers::release(release_email request, bus::call call) {
    const auto asked = bus::encode(request);
    try {
        auto queued = co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
            return bus::once<email_accepted>(transaction, call, asked, [&]() -> core::result<email_accepted> {
                const auto done = delivery_rows::release(transaction, delivery_.routes(), request.id);
                if (done.outcome != delivery_rows::release_outcome::released)
                    return std::unexpected{not_released(done)};
                return email_accepted{.id = request.id, .status = "queued"};
            });
        });
        delivery_.wake();
        co_return queued;
    } catch (const storage::error& failure) {
        co_return std::unexpected{failed_write(failure)};
    }
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

core::awaitable<core::result<email_page>> handlers::search(search_emails request, bus::call call) {
    if (auto right = check(request); !right) co_return std::unexpected{std::move(right.error())};
    mail_repository::filter wanted{.status = request.status};
    // What is no address has received nothing, and what is no word is in no mail.
    const email_page nothing{.items = {}, .page = request.page, .size = request.size};
    if (request.receiver) {
        const auto address = core::parse_email_address(ascii::trimmed(*request.receiver), core::domain_form::any);
        if (!address) co_return nothing;
        wanted.receiver_key = address->key;
    }
    if (request.search) {
        wanted.words = storage::match_all_words(*request.search);
        if (!wanted.words) co_return nothing;
    }
    if (wanted.words && !co_await words_.catch_up(call.deadline)) co_return too_busy();
    try {
        co_return co_await context_.database.search([&request, &wanted](storage::reader& reader) {
            return mail_repository::search(reader, wanted, request.page, request.size);
        });
    } catch (const storage::error& failure) {
        if (failure.kind() == storage::failure::overloaded) co_return too_busy();
        if (failure.kind() != storage::failure::damaged_index) throw;
    }
    co_await words_.start_over(&mail_words::start_over);
    co_return too_busy();
}

}  // namespace email
