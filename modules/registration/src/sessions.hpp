#pragma once

#include <chrono>
#include <core/clock.hpp>
#include <optional>
#include <registration/sessions.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace registration {

// The SQL of the table sessions. `hash`: see secret_token.hpp.
namespace sessions {

struct session {
    std::string id;
    std::string user_id;
    std::string client;
    core::timestamp created_at{};
    core::timestamp last_used_at{};
};

// How long one lasts.
struct lifetimes {
    std::chrono::milliseconds idle{};
    std::chrono::milliseconds absolute{};

    [[nodiscard]] core::timestamp end_of(const session& session) const { return session.created_at + absolute; }
    [[nodiscard]] bool is_over(const session& session, core::timestamp now) const {
        return now >= end_of(session) || now >= session.last_used_at + idle;
    }
};

[[nodiscard]] std::optional<session> find(storage::reader& reader, std::string_view hash);
// The one used last first.
[[nodiscard]] std::vector<session> of_user(storage::reader& reader, std::string_view user_id);

void add(storage::transaction& transaction, const session& session, std::string_view hash);
void touch(storage::transaction& transaction, std::string_view id);
void set_token(storage::transaction& transaction, std::string_view id, std::string_view hash);
// False when the user has no such session.
bool remove(storage::transaction& transaction, std::string_view user_id, std::string_view id);
void remove_all(storage::transaction& transaction, std::string_view user_id, std::string_view but_id = "");
// A few of those that are over, of whomever.
void remove_old(storage::transaction& transaction, const lifetimes& lifetimes);

}  // namespace sessions
}  // namespace registration
