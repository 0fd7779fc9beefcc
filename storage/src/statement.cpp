#include <sqlite3.h>

#include <limits>
#include <storage/statement.hpp>

#include "connection.hpp"

namespace storage {
namespace {

int length(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw error{failure::other, "a value is larger than 2 GiB"};
    return static_cast<int>(text.size());
}

// A null pointer would bind NULL; an empty string is not NULL.
const char* pointer(std::string_view text) { return text.data() == nullptr ? "" : text.data(); }

}  // namespace

statement::statement(sqlite3& connection, std::string_view sql) : connection_{connection} {
    if (sqlite3_prepare_v3(&connection, sql.data(), length(sql), SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) !=
        SQLITE_OK)
        throw last_error(connection, "preparing " + std::string{sql});
}

statement::~statement() { sqlite3_finalize(handle_); }

bool statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    throw last_error(connection_, sqlite3_sql(handle_));
}

void statement::reset() noexcept {
    // Both repeat the error of the step before, which has been thrown already.
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    busy_ = false;
}

void statement::bind(int index, std::nullptr_t) {
    if (sqlite3_bind_null(handle_, index) != SQLITE_OK) throw last_error(connection_, sqlite3_sql(handle_));
}

void statement::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(handle_, index, value) != SQLITE_OK) throw last_error(connection_, sqlite3_sql(handle_));
}

void statement::bind(int index, double value) {
    if (sqlite3_bind_double(handle_, index, value) != SQLITE_OK) throw last_error(connection_, sqlite3_sql(handle_));
}

void statement::bind(int index, std::string_view value) {
    if (sqlite3_bind_text(handle_, index, pointer(value), length(value), SQLITE_STATIC) != SQLITE_OK)
        throw last_error(connection_, sqlite3_sql(handle_));
}

void statement::bind(int index, blob value) {
    if (sqlite3_bind_blob(handle_, index, pointer(value.bytes), length(value.bytes), SQLITE_STATIC) != SQLITE_OK)
        throw last_error(connection_, sqlite3_sql(handle_));
}

bool statement::is_null(int index) const { return sqlite3_column_type(handle_, index) == SQLITE_NULL; }

std::int64_t statement::integer(int index) const { return sqlite3_column_int64(handle_, index); }

double statement::real(int index) const { return sqlite3_column_double(handle_, index); }

std::string_view statement::text(int index) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, index));
    const int size = sqlite3_column_bytes(handle_, index);
    return bytes == nullptr ? std::string_view{} : std::string_view{bytes, static_cast<std::size_t>(size)};
}

}  // namespace storage
