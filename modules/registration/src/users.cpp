#include "users.hpp"

#include <algorithm>

namespace registration::users {
namespace {

using optional_time = std::optional<core::timestamp>;
using optional_text = std::optional<std::string>;

template <class Row>
std::optional<user> to_user(const std::optional<Row>& row) {
    if (!row) return std::nullopt;
    return std::apply([](const auto&... columns) { return user{columns...}; }, *row);
}

// For LIKE with the escape \.
std::string as_part(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

}  // namespace

std::optional<user> find_by_email(storage::reader& reader, std::string_view email_key) {
    return to_user(reader.query_optional<std::string, std::string, std::string, std::string, std::string,
                                         core::timestamp, optional_time, optional_time, optional_text, optional_text>(
        "SELECT id, name, email, email_key, password_hash, created_at, confirmed_at, disabled_at, new_email, "
        "new_email_key FROM users WHERE email_key = ?1",
        email_key));
}

std::optional<user> find(storage::reader& reader, std::string_view id) {
    return to_user(reader.query_optional<std::string, std::string, std::string, std::string, std::string,
                                         core::timestamp, optional_time, optional_time, optional_text, optional_text>(
        "SELECT id, name, email, email_key, password_hash, created_at, confirmed_at, disabled_at, new_email, "
        "new_email_key FROM users WHERE id = ?1",
        id));
}

account_page search(storage::reader& reader, const search_users& query) {
    const auto part = as_part(query.search.value_or(""));
    const auto state = query.state.value_or("");
    account_page page{.items = {}, .page = query.page, .size = query.size};
    page.total_count = reader.query_one<std::int64_t>(
        "SELECT count(*) FROM (SELECT CASE WHEN disabled_at IS NOT NULL THEN 'disabled' WHEN confirmed_at IS NULL THEN "
        "'pending' ELSE 'active' END AS state FROM users WHERE name LIKE ?1 ESCAPE '\\' OR email LIKE ?1 ESCAPE '\\') "
        "WHERE ?2 = '' OR state = ?2",
        part, state);
    page.total_pages = (page.total_count + page.size - 1) / page.size;
    page.has_more = page.page < page.total_pages;
    for (const auto& row : reader.query_all<std::string, std::string, std::string, std::string, core::timestamp>(
             "SELECT id, name, email, state, created_at FROM (SELECT id, name, email, created_at, CASE WHEN "
             "disabled_at IS NOT NULL THEN 'disabled' WHEN confirmed_at IS NULL THEN 'pending' ELSE 'active' END AS "
             "state FROM users WHERE name LIKE ?1 ESCAPE '\\' OR email LIKE ?1 ESCAPE '\\') "
             "WHERE ?2 = '' OR state = ?2 ORDER BY id DESC LIMIT ?3 OFFSET ?4",
             part, state, query.size, (query.page - 1) * query.size))
        page.items.push_back(std::apply([](const auto&... columns) { return account_view{columns...}; }, row));
    return page;
}

void add(storage::transaction& transaction, const user& user) {
    transaction.execute(
        "INSERT INTO users (id, name, email, email_key, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        user.id, user.name, user.email, user.email_key, user.password_hash, transaction.now());
}

void set_confirmed(storage::transaction& transaction, std::string_view id) {
    transaction.execute("UPDATE users SET confirmed_at = ?2 WHERE id = ?1 AND confirmed_at IS NULL", id,
                        transaction.now());
}

void set_name(storage::transaction& transaction, std::string_view id, std::string_view name) {
    transaction.execute("UPDATE users SET name = ?2 WHERE id = ?1", id, name);
}

void set_password(storage::transaction& transaction, std::string_view id, std::string_view hash) {
    transaction.execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", id, hash);
}

void set_new_email(storage::transaction& transaction, std::string_view id, const core::email_address& address) {
    transaction.execute("UPDATE users SET new_email = ?2, new_email_key = ?3 WHERE id = ?1", id, address.original,
                        address.key);
}

void take_new_email(storage::transaction& transaction, std::string_view id) {
    transaction.execute(
        "UPDATE users SET email = new_email, email_key = new_email_key, new_email = NULL, new_email_key = NULL "
        "WHERE id = ?1",
        id);
}

void set_disabled(storage::transaction& transaction, std::string_view id, bool is_disabled) {
    transaction.execute("UPDATE users SET disabled_at = ?2 WHERE id = ?1", id,
                        is_disabled ? std::optional{transaction.now()} : std::nullopt);
}

void remove(storage::transaction& transaction, std::string_view id) {
    transaction.execute("DELETE FROM users WHERE id = ?1", id);
}

}  // namespace registration::users
