#include <amqp.h>
#include <sqlite3.h>

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "bare.hpp"
#include "library_types.hpp"
#include "test_broker.hpp"

namespace bus::amqp::bench {

using test::bare_client;

namespace {

constexpr std::uint64_t rows_a_commit = 256;
constexpr auto table =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE copy (log TEXT NOT NULL, sequence INTEGER NOT NULL, epoch INTEGER NOT NULL, id TEXT NOT NULL,"
    " type TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL,"
    " traceparent TEXT NOT NULL, cause TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (log, sequence))"
    " STRICT, WITHOUT ROWID";
constexpr auto insert =
    "INSERT OR REPLACE INTO copy (log, id, type, key, traceparent, cause, data, epoch, version, time, sequence)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

struct close_database {
    void operator()(sqlite3* database) const noexcept { ::sqlite3_close(database); }
};
struct finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { ::sqlite3_finalize(statement); }
};

// The library without anything around it.
class bare_file {
public:
    explicit bare_file(const std::filesystem::path& path) {
        sqlite3* opened = nullptr;
        check(::sqlite3_open(path.c_str(), &opened));
        database_.reset(opened);
        run(table);
        sqlite3_stmt* prepared = nullptr;
        check(::sqlite3_prepare_v2(opened, insert, -1, &prepared, nullptr));
        insert_.reset(prepared);
    }

    void run(const char* sql) { check(::sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr)); }

    void add(const std::array<std::string_view, 7>& texts, const std::array<std::int64_t, 4>& numbers) {
        int place = 0;
        for (const auto text : texts)
            check(
                ::sqlite3_bind_text(insert_.get(), ++place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
        for (const auto number : numbers) check(::sqlite3_bind_int64(insert_.get(), ++place, number));
        if (::sqlite3_step(insert_.get()) != SQLITE_DONE) throw std::runtime_error{"the row was not stored"};
        check(::sqlite3_reset(insert_.get()));
    }

private:
    static void check(int result) {
        if (result != SQLITE_OK) throw std::runtime_error{::sqlite3_errstr(result)};
    }

    std::unique_ptr<sqlite3, close_database> database_;
    std::unique_ptr<sqlite3_stmt, finalize> insert_;
};

std::string_view text_header(const amqp_table_t& headers, std::string_view name) {
    for (int i = 0; i < headers.num_entries; ++i)
        if (text_of(headers.entries[i].key) == name) return text_of(headers.entries[i].value.value.bytes);
    return "";
}

std::int64_t number_header(const amqp_table_t& headers, std::string_view name) {
    for (int i = 0; i < headers.num_entries; ++i)
        if (text_of(headers.entries[i].key) == name) return headers.entries[i].value.value.i64;
    return 0;
}

void add(bare_file& file, const amqp_message_t& message, std::uint64_t number) {
    const auto& headers = message.properties.headers;
    file.add({text_header(headers, "busbar-log"), text_header(headers, "cloudEvents:id"),
              text_header(headers, "cloudEvents:type"), text_header(headers, "cloudEvents:partitionkey"),
              text_header(headers, "traceparent"), "", text_of(message.body)},
             {number_header(headers, "busbar-epoch"), number_header(headers, "busbar-version"),
              static_cast<std::int64_t>(message.properties.timestamp), static_cast<std::int64_t>(number)});
}

}  // namespace

cost copy_bare(const std::string& queue, const std::filesystem::path& path) {
    bare_file file{path};
    std::optional<stopwatch> since_first;
    bare_client client;
    auto* const state = client.state();
    amqp_basic_qos(state, 1, 0, prefetch, 0);
    amqp_basic_consume(state, 1, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    client.check("basic.consume");
    file.run("BEGIN IMMEDIATE");
    for (std::uint64_t got = 1; got <= messages; ++got) {
        amqp_maybe_release_buffers(state);
        amqp_envelope_t envelope{};
        if (amqp_consume_message(state, &envelope, nullptr, 0).reply_type != AMQP_RESPONSE_NORMAL)
            throw std::runtime_error{"reading failed"};
        if (got == 1) since_first.emplace();
        add(file, envelope.message, got);
        const auto tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
        if (got % rows_a_commit != 0 && got != messages) continue;
        file.run("COMMIT");
        if (amqp_basic_ack(state, 1, tag, 1) != 0) throw std::runtime_error{"basic.ack failed"};
        if (got != messages) file.run("BEGIN IMMEDIATE");
    }
    const auto result = since_first->after(messages - 1);
    amqp_connection_close(state, AMQP_REPLY_SUCCESS);
    return result;
}

}  // namespace bus::amqp::bench
