#include "writer.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <core/task_group.hpp>
#include <core/test_point.hpp>

#include "open_file.hpp"

namespace storage {
namespace {

constexpr std::chrono::seconds time_between_probes{1};

storage::failure kind_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const error& known) {
        return known.kind();
    } catch (...) {
        return failure::other;
    }
}

bool is_final(const std::exception_ptr& thrown) {
    const auto kind = kind_of(thrown);
    return kind == failure::io || kind == failure::damaged || kind == failure::damaged_index;
}

// On Linux a thread has a niceness of its own. A refusal costs nothing but that.
void let_others_go_first(int niceness) {
    if (niceness > 0) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

}  // namespace

writer::writer(const core::runtime& runtime, const database_settings& settings, std::unique_ptr<connection> connection,
               event_appender events)
    : runtime_{runtime},
      name_{settings.name},
      queue_limit_{settings.write_queue},
      batch_limit_{settings.batch},
      connection_{std::move(connection)},
      events_{std::move(events)},
      metrics_{runtime.metrics, name_, file_of(settings), [this] { return waiting(); }},
      checkpoints_{settings.checkpoint_pages},
      thread_{[this, niceness = settings.niceness] {
          let_others_go_first(niceness);
          run();
      }} {
    ::pthread_setname_np(thread_.native_handle(), ("db-" + name_).substr(0, 15).c_str());
}

writer::~writer() { stop(); }

void writer::submit(database::job_base& job) {
    std::exception_ptr refusal;
    {
        const std::lock_guard lock{mutex_};
        if (stopped_ || broken_) {
            refusal = std::make_exception_ptr(error{failure::stopped, name_ + " takes no more writes"});
        } else if (queue_.size() >= queue_limit_) {
            refusal = std::make_exception_ptr(error{failure::overloaded, "too many writes wait in " + name_});
        } else {
            queue_.push_back(&job);
        }
    }
    if (!refusal) {
        // From here on the job belongs to the writer thread.
        wake_.notify_one();
        return;
    }
    job.failure = std::move(refusal);
    boost::asio::post(runtime_.loop, [resume = std::move(job.resume)]() mutable { resume(); });
}

void writer::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void writer::on_commit(committed listener) {
    auto shared = std::make_shared<const committed>(std::move(listener));
    const std::lock_guard lock{mutex_};
    listener_ = std::move(shared);
}

std::string writer::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

void writer::run() {
    while (!is_finished()) {
        auto batch = next_batch();
        if (!batch.empty())
            commit(batch);
        else if (!trouble().empty())
            probe();
        if (!broken_) checkpoint(checkpoints_.due(connection_->wal_pages()));
    }
    close_clean();
}

writer::jobs writer::next_batch() {
    std::unique_lock lock{mutex_};
    const auto is_wanted = [this] { return stopped_ || !queue_.empty(); };
    if (trouble_.empty() || broken_)
        wake_.wait(lock, is_wanted);
    else
        wake_.wait_for(lock, time_between_probes, is_wanted);
    const auto count = std::min(queue_.size(), batch_limit_);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    jobs batch{queue_.begin(), end};
    queue_.erase(queue_.begin(), end);
    return batch;
}

std::size_t writer::waiting() const {
    const std::lock_guard lock{mutex_};
    return queue_.size();
}

bool writer::is_finished() const {
    const std::lock_guard lock{mutex_};
    return stopped_ && queue_.empty();
}

// Says whether a full disk has room again, also when nobody writes: else nothing would ever take the trouble back.
void writer::probe() {
    if (broken_) return;
    try {
        connection_->run("BEGIN IMMEDIATE; UPDATE log_state SET closed_clean = 0; COMMIT");
        if (checkpoint_failed_)
            checkpoint(checkpoint_kind::passive);
        else
            set_trouble({});
    } catch (const error& failure) {
        roll_back();
        fail_all({}, std::make_exception_ptr(failure));
    }
}

void writer::checkpoint(checkpoint_kind kind) {
    if (kind == checkpoint_kind::none) return;
    checkpoints_.tried(connection_->wal_pages());
    try {
        connection_->checkpoint(kind);
        if (std::exchange(checkpoint_failed_, false)) set_trouble({});
    } catch (const error& failure) {
        checkpoint_failed_ = true;
        fail_all({}, std::make_exception_ptr(failure));
    }
}

void writer::commit(jobs& batch) {
    const auto before = events_.here();
    const auto began = runtime_.time.monotonic();
    try {
        if (broken_) throw error{failure::stopped, name_ + " has failed and takes no more writes"};
        run_prepared("BEGIN IMMEDIATE");
        const auto now = runtime_.time.now();
        for (auto* job : batch) {
            if (!run_unit(*job, batch.size() == 1, now)) std::rethrow_exception(job->failure);
        }
        core::test_point("before commit");
        run_prepared("COMMIT");
        metrics_.committed(batch.size(), runtime_.time.monotonic() - began);
        core::test_point("after commit");
        // As long as the WAL cannot be copied it grows, so the commits that still fit into it are no sign of health.
        if (!checkpoint_failed_) set_trouble({});
    } catch (...) {
        const auto failure = std::current_exception();
        roll_back();
        events_.back_to(before);
        metrics_.failed();
        fail_all(batch, failure);
    }
    // Not from the catch: what was thrown belongs to the loop from here on.
    hand_back(std::move(batch), events_.take());
}

bool writer::run_unit(database::job_base& job, bool alone, core::timestamp now) {
    const auto before = events_.here();
    transaction transaction{*connection_, events_, job.from, now};
    try {
        // Alone in its batch a unit needs no savepoint: to undo it is to undo the transaction.
        if (!alone) transaction.execute("SAVEPOINT unit");
        job.call(transaction);
        if (!alone) transaction.execute("RELEASE unit");
    } catch (...) {
        job.failure = std::current_exception();
        events_.back_to(before);
        // Without its transaction, or with a disk that fails, the whole batch is lost.
        if (connection_->autocommit() || is_final(job.failure)) return false;
        try {
            if (alone) {
                transaction.execute("ROLLBACK");
                transaction.execute("BEGIN IMMEDIATE");
            } else {
                transaction.execute("ROLLBACK TO unit");
                transaction.execute("RELEASE unit");
            }
        } catch (...) {
            job.failure = std::current_exception();
            return false;
        }
    }
    return true;
}

void writer::run_prepared(std::string_view sql) {
    auto& statement = connection_->prepared(sql);
    try {
        statement.step();
    } catch (...) {
        statement.reset();
        throw;
    }
    statement.reset();
}

void writer::roll_back() noexcept {
    if (connection_->autocommit()) return;
    try {
        connection_->run("ROLLBACK");
    } catch (const error& failure) {
        // A transaction that can be neither committed nor rolled back: the file is consistent, this connection is not.
        break_down(core::exit_code::storage_failed, name_ + ".db cannot be rolled back: " + failure.what());
    }
}

// SQLite can say after a failed sync that the next one succeeded although the data is gone (PostgreSQL's fsync case of
// 2018). So the first failure of the disk is the last write.
void writer::fail_all(const jobs& batch, const std::exception_ptr& thrown) {
    for (auto* job : batch) job->failure = thrown;
    const auto text = core::describe(thrown);
    set_trouble(text);
    if (broken_ || !is_final(thrown)) return;
    break_down(kind_of(thrown) == failure::io ? core::exit_code::storage_failed : core::exit_code::damaged_data,
               name_ + ".db cannot be written any more: " + text +
                   ". Nothing that failed was acknowledged. Check the disk before you start again.");
}

void writer::break_down(core::exit_code code, const std::string& reason) {
    broken_ = true;
    // Closing would copy the WAL over a file whose disk has just failed, and delete it.
    connection_->keep_wal();
    runtime_.fail({code, reason});
}

void writer::hand_back(jobs batch, std::vector<committed_event> events) {
    std::shared_ptr<const committed> told;
    {
        const std::lock_guard lock{mutex_};
        told = listener_;
    }
    core::test_point("before hand back");
    boost::asio::post(runtime_.loop,
                      [listener = std::move(told), batch = std::move(batch), events = std::move(events)] {
                          if (listener && !events.empty()) (*listener)(events);
                          for (auto* job : batch) {
                              // The job lives in the frame that this resumes, so it must not be touched afterwards.
                              auto resume = std::move(job->resume);
                              resume();
                          }
                      });
    core::test_point("after hand back");
}

void writer::close_clean() {
    if (broken_) return;
    try {
        connection_->run("UPDATE log_state SET closed_clean = 1, next_sequence = " +
                         std::to_string(events_.next_sequence()));
    } catch (const error& failure) {
        runtime_.log_for(name_).warning("the log could not be marked as closed", {{"error", failure.what()}});
    }
}

void writer::set_trouble(std::string text) {
    const std::lock_guard lock{mutex_};
    trouble_ = std::move(text);
}

}  // namespace storage
