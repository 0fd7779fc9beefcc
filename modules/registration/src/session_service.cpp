#include "session_service.hpp"

#include <algorithm>
#include <chrono>
#include <core/hex.hpp>
#include <functional>
#include <storage/error.hpp>

#include "rules.hpp"
#include "secret_token.hpp"
#include "users.hpp"

namespace registration {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_client = 200;  // bytes

std::unexpected<core::error> not_signed_in() {
    return core::fail(core::error_kind::unauthenticated, "The session has ended. Please sign in again.");
}

// The same for whatever it was.
std::unexpected<core::error> wrong() {
    return core::fail(core::error_kind::unauthenticated, "The address or the password is not right.");
}

std::unexpected<core::error> denied(std::string code, std::string detail) {
    return std::unexpected{core::error{core::error_kind::denied, std::move(detail), {}, std::move(code)}};
}

// Cut between characters.
std::string shorten(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
    text.resize(most);
    return text;
}

}  // namespace

void session_service::answer() {
    auto& bus = around_.context.bus;
    bus.answer<registration::sign_in>(std::bind_front(&session_service::sign_in, this));
    bus.answer<find_session>(std::bind_front(&session_service::find, this));
    bus.answer<list_sessions>(std::bind_front(&session_service::list, this));
    bus.answer<end_session>(std::bind_front(&session_service::end, this));
}

core::awaitable<core::result<session_begun>> session_service::sign_in(registration::sign_in input, bus::call call) {
    auto begun = co_await try_to_sign_in(std::move(input), std::move(call));
    around_.counters.signed_in(begun ? nullptr : &begun.error());
    co_return begun;
}

core::awaitable<core::result<session_begun>> session_service::try_to_sign_in(registration::sign_in input,
                                                                             bus::call call) {
    problems ignored;
    const auto email = check_email(input.email, "email", ignored);
    // What is no address takes the time of one that is not known.
    const auto key = email ? email->key : std::string{};
    auto& time = around_.context.runtime.time;
    if (auto admitted = around_.guard.admit(key, time.monotonic()); !admitted)
        co_return std::unexpected{std::move(admitted.error())};
    const auto user =
        around_.context.database.read([&](storage::reader& reader) { return users::find_by_email(reader, key); });
    auto password = normalise_password(std::move(input.password));
    auto again = password;  // to be hashed anew, if need be
    const auto verdict =
        co_await around_.hasher.verify(std::move(password), user ? std::optional{user->password_hash} : std::nullopt);
    if (!verdict) co_return std::unexpected{verdict.error()};
    if (!verdict->is_right) {
        around_.guard.failed(key, time.monotonic());
        around_.context.log.info("a sign-in failed", {}, call.from);
        co_return wrong();
    }
    around_.guard.succeeded(key);
    if (user->disabled_at) co_return denied("account-disabled", "This account is disabled.");
    if (!user->confirmed_at)
        co_return denied("confirmation-required",
                         "The address is not confirmed yet. Follow the link in the mail, or ask for a new one.");
    std::optional<std::string> renewed;
    if (verdict->is_out_of_date) {
        auto hash = co_await around_.hasher.hash(std::move(again));
        if (hash) renewed = std::move(*hash);  // else next time: it is no reason to keep anybody out
    }
    co_return co_await begin(user->id, user->password_hash, std::move(input.client), std::move(renewed),
                             std::move(call));
}

// Only if the password is still the one that was checked.
core::awaitable<core::result<session_begun>> session_service::begin(const std::string& user_id,
                                                                    const std::string& checked_hash, std::string client,
                                                                    std::optional<std::string> new_hash,
                                                                    bus::call call) {
    const auto token = core::random_token();
    const auto session_id = around_.context.runtime.ids.next();
    auto begun = co_await around_.context.database.write(
        call.from, [&](storage::transaction& transaction) -> core::result<session_begun> {
            const auto user = users::find(transaction, user_id);
            if (!user || user->disabled_at || user->password_hash != checked_hash) return wrong();
            if (new_hash) users::set_password(transaction, user->id, *new_hash);
            const auto now = transaction.now();
            const sessions::session session{session_id, user->id, shorten(client, longest_client), now, now};
            sessions::add(transaction, session, hash_of(token));
            sessions::remove_old(transaction, lifetimes_);
            return session_begun{token, lifetimes_.end_of(session), to_view(*user)};
        });
    if (begun)
        around_.context.log.info("a user signed in", {{"user_id", user_id}, {"session_id", session_id}}, call.from);
    co_return begun;
}

core::awaitable<core::result<signed_in>> session_service::find(find_session input, bus::call call) {
    const auto now = around_.context.runtime.time.now();
    const auto hash = hash_of(input.token);
    const auto session =
        around_.context.database.read([&](storage::reader& reader) { return sessions::find(reader, hash); });
    if (!session || lifetimes_.is_over(*session, now)) co_return not_signed_in();
    const auto user =
        around_.context.database.read([&](storage::reader& reader) { return users::find(reader, session->user_id); });
    if (!user) co_return not_signed_in();
    // A write for each request would cost more than the request.
    const auto step = std::min<std::chrono::milliseconds>(1min, lifetimes_.idle / 10);
    if (now - session->last_used_at >= step) {
        try {
            co_await around_.context.database.write(
                call.from, [&](storage::transaction& transaction) { sessions::touch(transaction, session->id); });
        } catch (const storage::error& failure) {
            // To read is still possible; the next request tries again.
            around_.context.log.warning("the use of a session was not noted", {{"error", failure.what()}}, call.from);
        }
    }
    co_return signed_in{session->id, lifetimes_.end_of(*session), to_view(*user)};
}

core::awaitable<core::result<sessions_of_user>> session_service::list(list_sessions input, bus::call) {
    const auto now = around_.context.runtime.time.now();
    sessions_of_user answer;
    for (const auto& one : around_.context.database.read(
             [&](storage::reader& reader) { return sessions::of_user(reader, input.user_id); }))
        if (!lifetimes_.is_over(one, now))
            answer.items.push_back({one.id, one.client, one.created_at, one.last_used_at, lifetimes_.end_of(one),
                                    one.id == input.session_id});
    co_return answer;
}

core::awaitable<core::result<bus::done>> session_service::end(end_session input, bus::call call) {
    const bool was_there = co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        return sessions::remove(transaction, input.user_id, input.session_id);
    });
    if (!was_there) co_return core::fail(core::error_kind::not_found, "There is no such session.");
    co_return bus::done{};
}

}  // namespace registration
