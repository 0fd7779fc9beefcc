#include "sign_up_service.hpp"

#include <bus/once.hpp>
#include <bus/publish.hpp>
#include <core/hex.hpp>
#include <functional>

#include "mail_requests.hpp"
#include "rules.hpp"
#include "secret_token.hpp"
#include "sessions.hpp"
#include "tokens.hpp"
#include "users.hpp"

namespace registration {
namespace {

std::unexpected<core::error> used_up(std::string what_to_do) {
    return core::fail(core::error_kind::gone, "This link is used up or has expired. " + std::move(what_to_do));
}

const char* in_words(sign_up_outcome outcome) {
    switch (outcome) {
        case sign_up_outcome::fresh:
            return "a user registered";
        case sign_up_outcome::known:
            return "a known address registered once more";
        case sign_up_outcome::repeated:
            break;
    }
    return "a registration came again";
}

// The user whose first or new address was confirmed; nothing when the token is no good (any more).
std::optional<std::string> use_confirmation(storage::transaction& transaction, const std::string& hash) {
    if (auto user_id = tokens::use(transaction, hash, purpose::confirmation)) {
        const auto user = users::find(transaction, *user_id).value();
        users::set_confirmed(transaction, user.id);
        if (!user.confirmed_at) bus::publish(transaction, user_confirmed{user.id, user.email});
        return user_id;
    }
    auto user_id = tokens::use(transaction, hash, purpose::new_address);
    if (!user_id) return std::nullopt;
    const auto user = users::find(transaction, *user_id).value();
    // Somebody else may have registered with it meanwhile.
    if (!user.new_email_key || users::find_by_email(transaction, *user.new_email_key)) return std::nullopt;
    users::take_new_email(transaction, user.id);
    bus::publish(transaction, address_changed{user.id, user.name, user.email, *user.new_email});
    return user_id;
}

}  // namespace

void sign_up_service::answer() {
    auto& bus = around_.context.bus;
    bus.answer<registration::register_user>(std::bind_front(&sign_up_service::register_user, this));
    bus.answer<registration::confirm>(std::bind_front(&sign_up_service::confirm, this));
    bus.answer<resend_confirmation>(std::bind_front(&sign_up_service::resend, this));
    bus.answer<forgot_password>(std::bind_front(&sign_up_service::forgot, this));
    bus.answer<reset_password>(std::bind_front(&sign_up_service::reset, this));
    bus.answer<mail_link>(std::bind_front(&sign_up_service::make_mail_link, this));
}

sign_up_outcome sign_up_service::add_or_tell_owner(storage::transaction& transaction, const user& fresh) const {
    const auto known = users::find_by_email(transaction, fresh.email_key);
    if (!known) {
        users::add(transaction, fresh);
        bus::publish(transaction, user_registered{fresh.id, fresh.name, fresh.email});
        return sign_up_outcome::fresh;
    }
    if (mail_requests::note(transaction, known->email_key, around_.options.mails_per_account))
        bus::publish(transaction,
                     registration_repeated{known->id, known->name, known->email, known->confirmed_at.has_value()});
    return sign_up_outcome::known;
}

core::awaitable<core::result<registration_pending>> sign_up_service::register_user(registration::register_user input,
                                                                                   bus::call call) {
    auto valid = check(std::move(input));
    if (!valid) co_return std::unexpected{std::move(valid.error())};
    // Known and unknown addresses take the same steps, so that neither the answer nor its time tells them apart: a
    // hash, a commit.
    auto hash = co_await around_.hasher.hash(std::move(valid->password));
    if (!hash) co_return std::unexpected{hash.error()};

    const user fresh{around_.context.runtime.ids.next(), valid->name, valid->email.original, valid->email.key,
                     std::move(*hash)};
    auto outcome = sign_up_outcome::repeated;
    auto pending = co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        // The password is no part of what is compared: a quick hash of it must not be kept.
        return bus::once<registration_pending>(transaction, call, fresh.name + '\n' + fresh.email,
                                               [&]() -> core::result<registration_pending> {
                                                   outcome = add_or_tell_owner(transaction, fresh);
                                                   return registration_pending{.email = fresh.email};
                                               });
    });
    if (pending) {
        around_.counters.signed_up(outcome);
        around_.context.log.info(in_words(outcome), {}, call.from);
    }
    co_return pending;
}

core::awaitable<core::result<bus::done>> sign_up_service::confirm(registration::confirm input, bus::call call) {
    const auto hash = hash_of(input.token);
    const auto confirmed = co_await around_.context.database.write(
        call.from, [&](storage::transaction& transaction) { return use_confirmation(transaction, hash); });
    if (!confirmed) co_return used_up("Ask for a new one.");
    around_.counters.confirmed();
    around_.context.log.info("a user confirmed an address", {{"user_id", *confirmed}}, call.from);
    co_return bus::done{};
}

core::awaitable<core::result<bus::done>> sign_up_service::resend(resend_confirmation input, bus::call call) {
    return publish_if_asked_rarely(
        std::move(input.email), std::move(call), [](storage::transaction& transaction, const user& user) {
            if (!user.confirmed_at) bus::publish(transaction, confirmation_requested{user.id, user.name, user.email});
        });
}

core::awaitable<core::result<bus::done>> sign_up_service::forgot(forgot_password input, bus::call call) {
    return publish_if_asked_rarely(
        std::move(input.email), std::move(call), [](storage::transaction& transaction, const user& user) {
            // Who has not confirmed yet needs that first, and may have lost the mail.
            if (user.confirmed_at)
                bus::publish(transaction, password_reset_requested{user.id, user.name, user.email});
            else
                bus::publish(transaction, confirmation_requested{user.id, user.name, user.email});
        });
}

core::awaitable<core::result<bus::done>> sign_up_service::publish_if_asked_rarely(std::string address, bus::call call,
                                                                                  void (*publish)(storage::transaction&,
                                                                                                  const user&)) {
    problems problems;
    const auto email = check_email(address, "email", problems);
    if (!email) co_return std::move(problems).as_error();
    co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        const bool may_send = mail_requests::note(transaction, email->key, around_.options.mails_per_account);
        const auto user = users::find_by_email(transaction, email->key);
        if (may_send && user && !user->disabled_at) publish(transaction, *user);
    });
    co_return bus::done{};
}

core::awaitable<core::result<bus::done>> sign_up_service::reset(reset_password input, bus::call call) {
    const auto token = hash_of(input.token);
    const auto known = around_.context.database.read([&](storage::reader& reader) -> std::optional<user> {
        const auto id = tokens::find(reader, token, purpose::password_reset, around_.context.runtime.time.now());
        return id ? users::find(reader, *id) : std::nullopt;
    });
    if (!known) co_return used_up("Ask for a new one.");
    const auto address = core::parse_email_address(known->email, core::domain_form::any);
    problems problems;
    auto password = check_password(std::move(input.password), address ? &*address : nullptr, "password", problems);
    if (!problems.empty()) co_return std::move(problems).as_error();
    const auto hash = co_await around_.hasher.hash(std::move(password));
    if (!hash) co_return std::unexpected{hash.error()};

    const bool is_done = co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        if (!tokens::use(transaction, token, purpose::password_reset)) return false;
        const auto user = users::find(transaction, known->id).value();
        users::set_password(transaction, user.id, *hash);
        sessions::remove_all(transaction, user.id);
        bus::publish(transaction, password_changed{user.id, user.name, user.email});
        return true;
    });
    if (!is_done) co_return used_up("Ask for a new one.");
    around_.guard.let_in(known->email_key);
    around_.counters.password_was_reset();
    around_.context.log.info("a password was reset", {{"user_id", known->id}}, call.from);
    co_return bus::done{};
}

core::awaitable<core::result<mail_link_answer>> sign_up_service::make_mail_link(mail_link input, bus::call call) {
    const bool is_reset = input.purpose == purpose::password_reset;
    if (!is_reset && input.purpose != purpose::confirmation && input.purpose != purpose::new_address)
        co_return core::invalid({{"purpose", "must be confirmation, new_address or password_reset"}});
    const auto& options = around_.options;
    const auto token = core::random_token();
    const auto lifetime = is_reset ? options.reset_lifetime : options.token_lifetime;
    const auto expires_at = around_.context.runtime.time.now() + lifetime;
    co_return co_await around_.context.database.write(
        call.from, [&](storage::transaction& transaction) -> core::result<mail_link_answer> {
            const auto user = users::find(transaction, input.user_id);
            if (!user) return core::fail(core::error_kind::not_found, "There is no such user.");
            if (input.purpose == purpose::confirmation && user->confirmed_at)
                return core::fail(core::error_kind::conflict, "The address is confirmed already.");
            if (input.purpose == purpose::new_address && !user->new_email)
                return core::fail(core::error_kind::conflict, "No new address waits to be confirmed.");
            tokens::replace(transaction, user->id, input.purpose, hash_of(token), expires_at);
            const auto* const page = is_reset ? "/reset?token=" : "/confirm?token=";
            return mail_link_answer{options.public_url + page + token, expires_at};
        });
}

}  // namespace registration
