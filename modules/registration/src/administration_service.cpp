#include "administration_service.hpp"

#include <algorithm>
#include <array>
#include <bus/publish.hpp>
#include <functional>
#include <storage/error.hpp>
#include <string_view>

#include "sessions.hpp"
#include "users.hpp"

namespace registration {
namespace {

constexpr std::array<std::string_view, 3> states{"pending", "active", "disabled"};

core::result<bus::done> found(bool is_there) {
    if (!is_there) return core::fail(core::error_kind::not_found, "There is no such account.");
    return bus::done{};
}

core::result<void> check(const search_users& query) {
    std::vector<core::field_error> fields;
    if (query.state && std::ranges::find(states, *query.state) == states.end())
        fields.push_back({"state", "must be pending, active or disabled"});
    if (query.page < 1) fields.push_back({"page", "must be 1 or more"});
    if (query.size < 1 || query.size > 100) fields.push_back({"size", "must be from 1 to 100"});
    if (!fields.empty()) return core::invalid(std::move(fields));
    return {};
}

}  // namespace

void administration_service::answer() {
    auto& bus = around_.context.bus;
    bus.answer<search_users>(std::bind_front(&administration_service::search, this));
    bus.answer<disable_user>(std::bind_front(&administration_service::disable, this));
    bus.answer<enable_user>(std::bind_front(&administration_service::enable, this));
    bus.answer<end_sessions>(std::bind_front(&administration_service::end_all, this));
}

core::awaitable<core::result<account_page>> administration_service::search(search_users input, bus::call) {
    if (auto right = check(input); !right) co_return std::unexpected{std::move(right.error())};
    try {
        co_return co_await around_.context.database.search(
            [&](storage::reader& reader) { return users::search(reader, input); });
    } catch (const storage::error& failure) {
        if (failure.kind() != storage::failure::overloaded) throw;
    }
    co_return core::fail(core::error_kind::overloaded, "Too many searches are waiting; try again in a moment.");
}

core::awaitable<core::result<bus::done>> administration_service::disable(disable_user input, bus::call call) {
    co_return found(co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        const auto user = users::find(transaction, input.user_id);
        if (!user || user->disabled_at) return user.has_value();
        users::set_disabled(transaction, user->id, true);
        sessions::remove_all(transaction, user->id);
        bus::publish(transaction, user_disabled{user->id});
        return true;
    }));
}

core::awaitable<core::result<bus::done>> administration_service::enable(enable_user input, bus::call call) {
    co_return found(co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        const auto user = users::find(transaction, input.user_id);
        if (!user || !user->disabled_at) return user.has_value();
        users::set_disabled(transaction, user->id, false);
        bus::publish(transaction, user_enabled{user->id});
        return true;
    }));
}

core::awaitable<core::result<bus::done>> administration_service::end_all(end_sessions input, bus::call call) {
    co_return found(co_await around_.context.database.write(call.from, [&](storage::transaction& transaction) {
        if (!users::find(transaction, input.user_id)) return false;
        sessions::remove_all(transaction, input.user_id);
        return true;
    }));
}

}  // namespace registration
