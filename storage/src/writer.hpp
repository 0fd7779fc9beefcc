#pragma once

#include <atomic>
#include <condition_variable>
#include <core/runtime.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <storage/database.hpp>
#include <string>
#include <thread>
#include <vector>

#include "connection.hpp"
#include "event_appender.hpp"
#include "writer_metrics.hpp"

namespace storage {

// The thread that writes: group commit. It takes all units that wait (up to a batch), runs each in a savepoint of one
// transaction, commits, and sends them back to the loop together. There is no delay by design: a batch forms while the
// one before it syncs.
class writer {
public:
    using committed = std::function<void(std::span<const committed_event>)>;

    writer(const core::runtime& runtime, const database_settings& settings, std::unique_ptr<connection> connection,
           event_appender events);
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;
    ~writer();

    void submit(database::job_base& job);
    void on_commit(committed listener);
    // Ends after what is queued; then the log is marked as closed clean.
    void stop();
    [[nodiscard]] std::string trouble() const;

private:
    using jobs = std::vector<database::job_base*>;

    void run();
    [[nodiscard]] jobs next_batch();
    void commit(jobs& batch);
    // False when SQLite ended the transaction by itself.
    bool run_unit(database::job_base& job, bool alone, core::timestamp now);
    void fail_all(const jobs& batch, const std::exception_ptr& thrown);
    void run_prepared(std::string_view sql);
    void probe();
    void checkpoint(checkpoint_kind kind);
    void break_down(core::exit_code code, const std::string& reason);
    [[nodiscard]] bool is_finished() const;
    [[nodiscard]] std::size_t waiting() const;
    void hand_back(jobs batch, std::vector<committed_event> events);
    void roll_back() noexcept;
    void close_clean();
    void set_trouble(std::string text);

    const core::runtime& runtime_;
    const std::string name_;
    const std::size_t queue_limit_;
    const std::size_t batch_limit_;
    std::unique_ptr<connection> connection_;
    event_appender events_;
    writer_metrics metrics_;
    checkpoint_schedule checkpoints_;
    bool checkpoint_failed_ = false;
    std::shared_ptr<const committed> listener_;  // called on the loop

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<database::job_base*> queue_;
    std::string trouble_;
    bool stopped_ = false;
    std::atomic<bool> broken_{false};  // written by the writer thread alone
    std::thread thread_;
};

}  // namespace storage
