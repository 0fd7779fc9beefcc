#pragma once

#include <boost/asio/async_result.hpp>
#include <core/async.hpp>
#include <core/embedded_file.hpp>
#include <core/offload_pool.hpp>
#include <core/runtime.hpp>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <storage/error.hpp>
#include <storage/event_record.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace storage {

enum class durability {
    full,    // what is acknowledged is synced
    normal,  // consistent always; the last moments may be missing after a power loss
};

struct database_settings {
    std::filesystem::path folder;                     // the file is <folder>/<name>.db
    std::string name;                                 // of the module; also the name of its log
    std::span<const core::embedded_file> migrations;  // NNNN_name.sql, in order
    durability sync = durability::full;               //
    std::size_t readers = 2;                          // threads for search()
    std::size_t reader_queue = 256;                   // waiting searches; one more is refused
    std::size_t write_queue = 4096;                   // waiting writes; one more is refused
    std::size_t batch = 256;                          // most writes in one commit
    std::size_t checkpoint_pages = 2000;              // of the WAL, after which it is copied into the file
    int niceness = 0;                                 // of the writer's thread: 19 lets all others go first
};

// One SQLite file with one writer. The file belongs to this process alone (see data_directory).
//
// write() is durable when it returns: a writer thread runs all units that wait in one transaction, each in a savepoint,
// and commits once (group commit). read() runs at once on a connection of the loop: short reads by key. search() runs
// on a few threads.
//
// The constructor opens, checks, backs up and migrates the file; it throws core::fatal_error (damaged_data,
// storage_failed). Loop thread for all calls. stop() before the destructor, and before the loop is destroyed.
// Cancellation: write() and search() ignore it once queued, since the work happens in any case.
class database {
public:
    database(const core::runtime& runtime, database_settings settings);
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    ~database();

    // Runs `unit(transaction&)` on the writer thread and returns its value once it is committed and synced.
    // Throws what the unit throws (its changes are rolled back), or storage::error when nothing could be committed.
    template <class Unit>
    core::awaitable<std::invoke_result_t<Unit&, transaction&>> write(core::origin from, Unit unit) {
        auto span = begin_span(from.trace);
        job<Unit> job{std::move(from), std::move(unit)};
        co_await core::asio::async_initiate<const core::asio::use_awaitable_t<core::executor>&, void()>(
            [this, &job](auto handler) {
                job.resume = std::move(handler);
                submit(job);
            },
            core::use_awaitable);
        if (job.failure) fail(span, job.failure);
        if constexpr (!std::is_void_v<std::invoke_result_t<Unit&, transaction&>>) co_return std::move(*job.value);
    }

    // Runs `query(reader&)` here and now. Each statement sees the newest commit.
    template <class Query>
    std::invoke_result_t<Query&, reader&> read(Query query) {
        reader reader{loop_connection()};
        return query(reader);
    }

    // Runs `query(reader&)` on a thread of the reader pool, in one snapshot. Throws storage::error(overloaded) when the
    // pool is full.
    template <class Query>
    core::awaitable<std::invoke_result_t<Query&, reader&>> search(Query query) {
        auto outcome = co_await search_pool().run([this, &query] {
            const pooled_reader pooled{*this};
            reader reader{pooled.connection()};
            return query(reader);
        });
        if (!outcome) throw error{failure::overloaded, "too many searches wait in " + name()};
        co_return std::move(*outcome);
    }

    // Called on the loop with each commit's events, before its writers go on. Set once, before the first write.
    void on_commit(std::function<void(std::span<const committed_event>)> listener);

    // The module's own event log. Loop thread.
    [[nodiscard]] std::vector<event_record> events_after(std::int64_t sequence, std::size_t most);
    [[nodiscard]] std::vector<log_epoch> epochs();
    [[nodiscard]] std::int64_t head();

    // Lets queued writes end, closes clean, joins the threads. Nothing can be written afterwards.
    void stop();

    [[nodiscard]] const std::string& name() const noexcept;
    // Where the file is.
    [[nodiscard]] const std::filesystem::path& folder() const noexcept;
    // Empty while all is well; else why writes are refused at present.
    [[nodiscard]] std::string trouble() const;

    // Not for use outside this library.
    struct job_base {
        explicit job_base(core::origin origin) : from{std::move(origin)} {}
        job_base(const job_base&) = delete;
        job_base& operator=(const job_base&) = delete;
        virtual ~job_base() = default;
        virtual void call(transaction& transaction) = 0;
        core::origin from;
        std::exception_ptr failure;
        std::move_only_function<void()> resume;
    };

private:
    template <class Unit>
    struct job final : job_base {
        using result = std::invoke_result_t<Unit&, transaction&>;
        job(core::origin origin, Unit callable) : job_base{std::move(origin)}, unit{std::move(callable)} {}
        void call(transaction& transaction) override {
            if constexpr (std::is_void_v<result>)
                unit(transaction);
            else
                value.emplace(unit(transaction));
        }
        Unit unit;
        std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
    };

    class pooled_reader {
    public:
        explicit pooled_reader(database& owner);
        pooled_reader(const pooled_reader&) = delete;
        pooled_reader& operator=(const pooled_reader&) = delete;
        ~pooled_reader();
        [[nodiscard]] storage::connection& connection() const noexcept { return *connection_; }

    private:
        database& owner_;
        std::unique_ptr<storage::connection> connection_;
    };

    // Of a write that belongs to a trace: from here to its commit, which it may share with others.
    [[nodiscard]] core::span begin_span(core::trace_context& trace);
    [[noreturn]] static void fail(core::span& span, const std::exception_ptr& failure);
    void submit(job_base& job);
    [[nodiscard]] connection& loop_connection();
    [[nodiscard]] core::offload_pool& search_pool();

    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace storage
