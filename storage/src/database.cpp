#include <core/task_group.hpp>
#include <mutex>
#include <storage/database.hpp>
#include <storage/event_log.hpp>

#include "log_opening.hpp"
#include "open_file.hpp"
#include "writer.hpp"

namespace storage {
namespace {

std::unique_ptr<connection> open_reader(const std::filesystem::path& file) {
    return std::make_unique<connection>(file, open_mode::read_only);
}

[[noreturn]] void refuse(const database_settings& settings, const error& failure) {
    throw core::fatal_error{core::exit_code::storage_failed,
                            file_of(settings).string() + " cannot be used: " + failure.what()};
}

std::unique_ptr<connection> open_first_reader(const database_settings& settings) {
    try {
        return open_reader(file_of(settings));
    } catch (const error& failure) {
        refuse(settings, failure);
    }
}

std::unique_ptr<writer> open_writer(const core::runtime& runtime, const database_settings& settings) {
    std::error_code ignored;  // a folder that cannot be read is found by what follows
    const bool had_wal = std::filesystem::exists(file_of(settings).string() + "-wal", ignored);
    auto connection = open_for_writing(settings, runtime.time.now());
    try {
        const auto opening = open_log(runtime, settings, *connection, had_wal);
        // Not before: the opening is synced in any case, so that numbers that others have seen are not given again.
        if (settings.sync == durability::normal) connection->run("PRAGMA synchronous = NORMAL");
        return std::make_unique<writer>(runtime, settings, std::move(connection),
                                        event_appender{runtime.ids, opening.epoch, opening.next_sequence});
    } catch (const error& failure) {
        refuse(settings, failure);
    }
}

}  // namespace

struct database::implementation {
    implementation(const core::runtime& runtime, database_settings options)
        : settings{std::move(options)},
          traces{runtime.traces},
          file{file_of(settings)},
          writing{open_writer(runtime, settings)},
          reading{open_first_reader(settings)},
          searching{runtime.loop, {("read-" + settings.name).substr(0, 15), settings.readers, settings.reader_queue}} {}

    database_settings settings;
    core::tracer& traces;
    std::filesystem::path file;
    std::unique_ptr<writer> writing;
    std::unique_ptr<connection> reading;

    std::mutex mutex;
    std::vector<std::unique_ptr<connection>> idle;  // readers of the pool, opened when first needed
    core::offload_pool searching;                   // last: its threads use what stands above
};

database::database(const core::runtime& runtime, database_settings settings)
    : implementation_{std::make_unique<implementation>(runtime, std::move(settings))} {}

database::~database() = default;

void database::on_commit(std::function<void(std::span<const committed_event>)> listener) {
    implementation_->writing->on_commit(std::move(listener));
}

std::vector<event_record> database::events_after(std::int64_t sequence, std::size_t most) {
    reader reader{loop_connection()};
    return find_events(reader, {.after = sequence, .most = most});
}

std::vector<log_epoch> database::epochs() {
    reader reader{loop_connection()};
    std::vector<log_epoch> epochs;
    for (const auto& [epoch, first] : reader.query_all<std::int64_t, std::int64_t>(
             "SELECT epoch, first_sequence FROM log_epochs WHERE log = ?1 ORDER BY epoch", name()))
        epochs.push_back({epoch, first});
    return epochs;
}

std::int64_t database::head() {
    reader reader{loop_connection()};
    const auto last = reader.query_one<std::int64_t>("SELECT coalesce(max(sequence), 0) FROM event_log");
    return std::max(last, reader.query_one<std::int64_t>("SELECT next_sequence - 1 FROM log_state"));
}

void database::stop() {
    implementation_->searching.stop();
    implementation_->writing->stop();
}

const std::string& database::name() const noexcept { return implementation_->settings.name; }

const std::filesystem::path& database::folder() const noexcept { return implementation_->settings.folder; }

std::string database::trouble() const { return implementation_->writing->trouble(); }

core::span database::begin_span(core::trace_context& trace) {
    auto span = implementation_->traces.begin("commit", core::span_kind::internal, name(), trace);
    span.add("db.system.name", "sqlite");
    span.add("db.namespace", name());
    span.add("db.operation.name", "commit");
    return span;
}

void database::fail(core::span& span, const std::exception_ptr& failure) {
    if (span.is_recorded()) span.fail("rolled_back", core::describe(failure));
    std::rethrow_exception(failure);
}

void database::submit(job_base& job) { implementation_->writing->submit(job); }

connection& database::loop_connection() { return *implementation_->reading; }

core::offload_pool& database::search_pool() { return implementation_->searching; }

database::pooled_reader::pooled_reader(database& owner) : owner_{owner} {
    {
        const std::lock_guard lock{owner.implementation_->mutex};
        auto& idle = owner.implementation_->idle;
        if (!idle.empty()) {
            connection_ = std::move(idle.back());
            idle.pop_back();
        }
    }
    if (!connection_) connection_ = open_reader(owner.implementation_->file);
    connection_->run("BEGIN");
}

database::pooled_reader::~pooled_reader() {
    if (!connection_->autocommit()) {
        try {
            connection_->run("COMMIT");
        } catch (const error&) {
            return;  // a connection that cannot even end its snapshot is not used again
        }
    }
    const std::lock_guard lock{owner_.implementation_->mutex};
    owner_.implementation_->idle.push_back(std::move(connection_));
}

}  // namespace storage
