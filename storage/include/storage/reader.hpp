#pragma once

#include <memory>
#include <storage/statement.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace storage {

class connection;

// One column is the value itself, more are a tuple.
template <class... Columns>
using row = std::conditional_t<sizeof...(Columns) == 1, std::tuple_element_t<0, std::tuple<Columns..., void>>,
                               std::tuple<Columns...>>;

// Queries on one connection. Valid only inside the function it was passed to, and on that function's thread.
// Statements are prepared once for each text and kept; SQL is always a literal, values are always bound.
class reader {
public:
    explicit reader(connection& connection) : connection_{connection} {}

    template <class... Columns, class... Values>
    [[nodiscard]] std::optional<row<Columns...>> query_optional(std::string_view sql, const Values&... values) {
        const use use{*this, sql, values...};
        if (!use.statement.step()) return std::nullopt;
        return read_row<Columns...>(use.statement, std::index_sequence_for<Columns...>{});
    }

    // For queries that always have a row, such as a count.
    template <class... Columns, class... Values>
    [[nodiscard]] row<Columns...> query_one(std::string_view sql, const Values&... values) {
        return query_optional<Columns...>(sql, values...).value();
    }

    template <class... Columns, class... Values>
    [[nodiscard]] std::vector<row<Columns...>> query_all(std::string_view sql, const Values&... values) {
        const use use{*this, sql, values...};
        std::vector<row<Columns...>> rows;
        while (use.statement.step())
            rows.push_back(read_row<Columns...>(use.statement, std::index_sequence_for<Columns...>{}));
        return rows;
    }

protected:
    // Has a statement for itself as long as it lives: the kept one, or a fresh one when that is in use by a caller
    // further up.
    struct use {
        template <class... Values>
        use(reader& reader, std::string_view sql, const Values&... values) : statement{reader.acquire(sql, spare)} {
            statement.begin();
            try {
                [[maybe_unused]] int index = 0;
                (statement.bind(++index, values), ...);
            } catch (...) {
                statement.reset();
                throw;
            }
        }
        use(const use&) = delete;
        use& operator=(const use&) = delete;
        ~use() { statement.reset(); }

        std::unique_ptr<storage::statement> spare;
        storage::statement& statement;
    };

    [[nodiscard]] connection& on() const noexcept { return connection_; }

private:
    template <class... Columns, std::size_t... Indices>
    static row<Columns...> read_row(const statement& statement, std::index_sequence<Indices...>) {
        return row<Columns...>{statement.column<Columns>(static_cast<int>(Indices))...};
    }

    statement& acquire(std::string_view sql, std::unique_ptr<statement>& spare);

    connection& connection_;
};

}  // namespace storage
