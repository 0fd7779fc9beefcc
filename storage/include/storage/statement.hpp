#pragma once

#include <concepts>
#include <core/clock.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace storage {

// Bytes that are not text, for a BLOB column.
struct blob {
    std::string_view bytes;
};

// A prepared statement. One thread at a time. Values are bound by position from 1 and copied by SQLite only when it
// must: what is bound lives until the statement is reset.
class statement {
public:
    statement(sqlite3& connection, std::string_view sql);
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement();

    // True when there is a row.
    bool step();
    void reset() noexcept;
    [[nodiscard]] bool busy() const noexcept { return busy_; }
    void begin() noexcept { busy_ = true; }

    void bind(int index, std::nullptr_t);
    void bind(int index, std::int64_t value);
    void bind(int index, double value);
    void bind(int index, std::string_view value);
    void bind(int index, blob value);
    void bind(int index, const std::string& value) { bind(index, std::string_view{value}); }
    void bind(int index, const char* value) { bind(index, std::string_view{value}); }
    void bind(int index, core::timestamp value) { bind(index, std::int64_t{value.time_since_epoch().count()}); }
    template <std::integral Integer>
    void bind(int index, Integer value) {
        bind(index, static_cast<std::int64_t>(value));
    }
    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value)
            bind(index, *value);
        else
            bind(index, nullptr);
    }

    // Column from 0 of the present row. Text is copied.
    template <class T>
    [[nodiscard]] T column(int index) const {
        if constexpr (is_optional<T>::value)
            return is_null(index) ? T{} : T{column<typename T::value_type>(index)};
        else if constexpr (std::is_same_v<T, std::string>)
            return std::string{text(index)};
        else if constexpr (std::is_same_v<T, double>)
            return real(index);
        else if constexpr (std::is_same_v<T, bool>)
            return integer(index) != 0;
        else if constexpr (std::is_same_v<T, core::timestamp>)
            return core::timestamp{std::chrono::milliseconds{integer(index)}};
        else
            return static_cast<T>(integer(index));
    }

private:
    template <class T>
    struct is_optional : std::false_type {};
    template <class T>
    struct is_optional<std::optional<T>> : std::true_type {};

    [[nodiscard]] bool is_null(int index) const;
    [[nodiscard]] std::int64_t integer(int index) const;
    [[nodiscard]] double real(int index) const;
    [[nodiscard]] std::string_view text(int index) const;

    sqlite3& connection_;
    sqlite3_stmt* handle_ = nullptr;
    bool busy_ = false;
};

}  // namespace storage
