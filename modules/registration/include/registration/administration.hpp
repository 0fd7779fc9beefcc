#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What operators do with the accounts of others. Error of all but the list: not_found.
namespace registration {

struct account_view {
    std::string id;
    std::string name;
    std::string email;
    std::string state;  // pending (not confirmed), active, disabled
    core::timestamp created_at{};
};
BOOST_DESCRIBE_STRUCT(account_view, (), (id, name, email, state, created_at))

struct account_page {
    std::vector<account_view> items;
    std::int64_t page = 1;
    std::int64_t size = 10;
    std::int64_t total_count = 0;
    std::int64_t total_pages = 0;
    bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(account_page, (), (items, page, size, total_count, total_pages, has_more))

// Newest first.
struct search_users {
    static constexpr auto message =
        bus::request<account_page>("registration.search_users", 1, bus::repetition::harmless);
    std::optional<std::string> search;  // a part of the name or the address, without case
    std::optional<std::string> state;   // as in account_view
    std::int64_t page = 1;              // from 1
    std::int64_t size = 10;             // 1 to 100
};
BOOST_DESCRIBE_STRUCT(search_users, (), (search, state, page, size))

// Nobody signs in to a disabled account; its sessions end. Done again it changes nothing.
struct disable_user {
    static constexpr auto message = bus::request<bus::done>("registration.disable_user", 1, bus::repetition::harmless);
    std::string user_id;
};
BOOST_DESCRIBE_STRUCT(disable_user, (), (user_id))

struct enable_user {
    static constexpr auto message = bus::request<bus::done>("registration.enable_user", 1, bus::repetition::harmless);
    std::string user_id;
};
BOOST_DESCRIBE_STRUCT(enable_user, (), (user_id))

struct end_sessions {
    static constexpr auto message = bus::request<bus::done>("registration.end_sessions", 1, bus::repetition::harmless);
    std::string user_id;
};
BOOST_DESCRIBE_STRUCT(end_sessions, (), (user_id))

}  // namespace registration
