#include "service.hpp"

#include <bus/publish.hpp>

#include "confirmation_token.hpp"
#include "rules.hpp"
#include "users.hpp"

namespace registration {

core::awaitable<core::result<registration_pending>> service::register_user(registration::register_user input,
                                                                           bus::call call) {
    auto valid = check(std::move(input));
    if (!valid) co_return core::invalid(std::move(valid.error()));
    // Known and unknown addresses take the same steps, so that neither the answer nor its time tells them apart: a
    // hash, a commit.
    const auto hash = co_await hasher_.hash(std::move(valid->password));
    if (!hash) co_return std::unexpected{hash.error()};

    const user fresh{context_.runtime.ids.next(), valid->name, valid->email.original, valid->email.key};
    const bool is_new = co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
        if (const auto known = users::find_by_email(transaction, fresh.email_key)) {
            bus::publish(transaction,
                         registration_repeated{known->id, known->name, known->email, known->confirmed_at.has_value()});
            return false;
        }
        users::add(transaction, fresh, *hash);
        bus::publish(transaction, user_registered{fresh.id, fresh.name, fresh.email});
        return true;
    });
    context_.log.info(is_new ? "a user registered" : "a registration was repeated", {}, call.from);
    co_return registration_pending{.email = fresh.email};
}

core::awaitable<core::result<bus::done>> service::confirm(registration::confirm input, bus::call call) {
    const auto hash = hash_of(input.token);
    const auto confirmed = co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
        auto user_id = users::use_token(transaction, hash);
        if (!user_id) return user_id;
        const auto user = users::find(transaction, *user_id).value();
        users::set_confirmed(transaction, user.id);
        if (!user.confirmed_at) bus::publish(transaction, user_confirmed{user.id, user.email});
        return user_id;
    });
    if (!confirmed)
        co_return core::fail(core::error_kind::gone,
                             "This link is used up or has expired. Register again to get a new one.");
    context_.log.info("a user confirmed the address", {{"user_id", *confirmed}}, call.from);
    co_return bus::done{};
}

core::awaitable<core::result<mail_link_answer>> service::make_mail_link(mail_link input, bus::call call) {
    const auto token = make_token();
    const auto expires_at = context_.runtime.time.now() + settings_.token_lifetime;
    co_return co_await context_.database.write(
        call.from, [&](storage::transaction& transaction) -> core::result<mail_link_answer> {
            const auto user = users::find(transaction, input.user_id);
            if (!user) return core::fail(core::error_kind::not_found, "There is no such user.");
            if (user->confirmed_at) return core::fail(core::error_kind::conflict, "The address is confirmed already.");
            users::replace_token(transaction, user->id, hash_of(token), expires_at);
            return mail_link_answer{settings_.public_url + "/confirm?token=" + token, expires_at};
        });
}

}  // namespace registration
