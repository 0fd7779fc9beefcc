#include "writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>

namespace storage {

writer::writer(const core::runtime& runtime, const database_settings& settings, std::unique_ptr<connection> connection,
               event_appender events)
    : runtime_{runtime},
      name_{settings.name},
      queue_limit_{settings.write_queue},
      batch_limit_{settings.batch},
      connection_{std::move(connection)},
      events_{std::move(events)},
      thread_{[this] { run(); }} {
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

std::string writer::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

void writer::run() {
    while (true) {
        auto batch = next_batch();
        if (batch.empty()) break;
        commit(batch);
    }
    close_clean();
}

writer::jobs writer::next_batch() {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    const auto count = std::min(queue_.size(), batch_limit_);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    jobs batch{queue_.begin(), end};
    queue_.erase(queue_.begin(), end);
    return batch;
}

void writer::commit(jobs& batch) {
    const auto before = events_.here();
    try {
        if (broken_) throw error{failure::stopped, name_ + " has failed and takes no more writes"};
        connection_->prepared("BEGIN IMMEDIATE").step();
        connection_->prepared("BEGIN IMMEDIATE").reset();
        const auto now = runtime_.time.now();
        for (auto* job : batch) {
            if (!run_unit(*job, batch.size() == 1, now)) std::rethrow_exception(job->failure);
        }
        auto& commit = connection_->prepared("COMMIT");
        try {
            commit.step();
        } catch (...) {
            commit.reset();
            throw;
        }
        commit.reset();
        set_trouble({});
    } catch (const error& failure) {
        roll_back();
        events_.back_to(before);
        fail_all(batch, failure);
        hand_back(std::move(batch), {});
        return;
    }
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
        if (connection_->autocommit()) return false;
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

void writer::roll_back() noexcept {
    if (connection_->autocommit()) return;
    try {
        connection_->run("ROLLBACK");
    } catch (const error& failure) {
        // A transaction that can be neither committed nor rolled back: the file is consistent, this connection is not.
        broken_ = true;
        runtime_.fail({core::exit_code::storage_failed, name_ + ".db cannot be rolled back: " + failure.what()});
    }
}

// SQLite can say after a failed sync that the next one succeeded although the data is gone (PostgreSQL's fsync case of
// 2018). So the first failure of the disk is the last write.
void writer::fail_all(const jobs& batch, const error& failure) {
    for (auto* job : batch) job->failure = std::make_exception_ptr(failure);
    set_trouble(failure.what());
    if (broken_ || (failure.kind() != failure::io && failure.kind() != failure::damaged)) return;
    broken_ = true;
    const bool damaged = failure.kind() == failure::damaged;
    runtime_.fail({damaged ? core::exit_code::damaged_data : core::exit_code::storage_failed,
                   name_ + ".db cannot be written any more: " + failure.what() +
                       ". Nothing that failed was acknowledged. Check the disk before you start again."});
}

void writer::hand_back(jobs batch, std::vector<committed_event> events) {
    boost::asio::post(runtime_.loop, [listener = listener_, batch = std::move(batch), events = std::move(events)] {
        if (listener && !events.empty()) (*listener)(events);
        for (auto* job : batch) {
            // The job lives in the frame that this resumes, so it must not be touched afterwards.
            auto resume = std::move(job->resume);
            resume();
        }
    });
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
