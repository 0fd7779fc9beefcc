#include "account_service.hpp"

#include <bus/publish.hpp>
#include <core/hex.hpp>
#include <functional>

#include "mail_requests.hpp"
#include "rules.hpp"
#include "secret_token.hpp"
#include "sessions.hpp"
#include "tokens.hpp"

namespace registration {
namespace {

std::unexpected<core::error> gone() { return core::fail(core::error_kind::not_found, "There is no such account."); }

std::unexpected<core::error> too_many_mails() {
    core::error error{core::error_kind::limited, "A mail went to you only a moment ago. Wait a little and try again."};
    error.retry_after = std::chrono::minutes{2};
    return std::unexpected{std::move(error)};
}

void ask_for_new_address(storage::transaction& transaction, const user& user, const core::email_address& address) {
    const bool is_taken = users::find_by_email(transaction, address.key).has_value();
    users::set_new_email(transaction, user.id, address);
    tokens::forget(transaction, user.id, purpose::new_address);
    bus::publish(transaction, address_change_requested{user.id, user.name, user.email, address.original, is_taken});
}

}  // namespace

void account_service::answer() {
    auto& bus = around_.context.bus;
    bus.answer<update_user>(std::bind_front(&account_service::update, this));
    bus.answer<registration::change_password>(std::bind_front(&account_service::change_password, this));
    bus.answer<delete_user>(std::bind_front(&account_service::remove, this));
}

core::awaitable<core::result<user_view>> account_service::update(update_user input, bus::call call) {
    problems problems;
    std::optional<std::string> name;
    std::optional<core::email_address> email;
    if (input.name) name = check_name(*input.name, "name", problems);
    if (input.email) email = check_email(*input.email, "email", problems);
    if (!problems.empty()) co_return std::move(problems).as_error();
    co_return co_await around_.context.database.write(
        call.from, [&](storage::transaction& transaction) -> core::result<user_view> {
            const auto user = users::find(transaction, input.user_id);
            if (!user) return gone();
            if (email && email->key != user->email_key) {
                if (!mail_requests::note(transaction, "change " + user->id, around_.options.mails_per_account))
                    return too_many_mails();
                ask_for_new_address(transaction, *user, *email);
            }
            if (name && *name != user->name) {
                users::set_name(transaction, user->id, *name);
                bus::publish(transaction, name_changed{user->id, *name});
            }
            return to_view(users::find(transaction, user->id).value());
        });
}

core::awaitable<core::result<user>> account_service::check_owner(std::string user_id, std::string password,
                                                                 std::string field) {
    const auto known =
        around_.context.database.read([&](storage::reader& reader) { return users::find(reader, user_id); });
    if (!known) co_return gone();
    auto& time = around_.context.runtime.time;
    // Not by the address: strangers who guess must not keep out whoever is signed in.
    const auto key = "owner " + known->id;
    if (auto admitted = around_.guard.admit(key, time.monotonic()); !admitted)
        co_return std::unexpected{std::move(admitted.error())};
    const auto verdict = co_await around_.hasher.verify(normalise_password(std::move(password)), known->password_hash);
    if (!verdict) co_return std::unexpected{verdict.error()};
    if (!verdict->is_right) {
        around_.guard.failed(key, time.monotonic());
        co_return core::invalid({{std::move(field), "is not right"}});
    }
    around_.guard.succeeded(key);
    co_return *known;
}

core::awaitable<core::result<password_changed_answer>> account_service::change_password(
    registration::change_password input, bus::call call) {
    const auto owner = co_await check_owner(input.user_id, std::move(input.current_password), "current_password");
    if (!owner) co_return std::unexpected{owner.error()};
    const auto address = core::parse_email_address(owner->email, core::domain_form::any);
    problems problems;
    auto password =
        check_password(std::move(input.new_password), address ? &*address : nullptr, "new_password", problems);
    if (!problems.empty()) co_return std::move(problems).as_error();
    const auto hash = co_await around_.hasher.hash(std::move(password));
    if (!hash) co_return std::unexpected{hash.error()};

    password_changed_answer answer;
    if (input.renews_token) answer.token = core::random_token();
    const bool is_done = co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        const auto user = users::find(transaction, owner->id);
        if (!user || user->password_hash != owner->password_hash) return false;
        users::set_password(transaction, user->id, *hash);
        sessions::remove_all(transaction, user->id, input.session_id);
        if (answer.token) sessions::set_token(transaction, input.session_id, hash_of(*answer.token));
        tokens::forget(transaction, user->id, purpose::password_reset);
        bus::publish(transaction, password_changed{user->id, user->name, user->email});
        return true;
    });
    if (!is_done)
        co_return core::fail(core::error_kind::conflict, "The password was changed elsewhere at the same time.");
    around_.context.log.info("a user changed the password", {{"user_id", owner->id}}, call.from);
    co_return answer;
}

core::awaitable<core::result<bus::done>> account_service::remove(delete_user input, bus::call call) {
    const auto owner = co_await check_owner(input.user_id, std::move(input.password), "password");
    if (!owner) co_return std::unexpected{owner.error()};
    co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        const auto user = users::find(transaction, owner->id);
        if (!user) return;
        users::remove(transaction, user->id);
        bus::publish(transaction, user_deleted{user->id, user->name, user->email});
    });
    around_.context.log.info("a user deleted the account", {{"user_id", owner->id}}, call.from);
    co_return bus::done{};
}

}  // namespace registration
