#pragma once

#include <atomic>
#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/notifier.hpp>
#include <core/offload_pool.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dkim_signer.hpp"
#include "host_breaker.hpp"
#include "mail.hpp"
#include "outcome_notes.hpp"
#include "smtp_client.hpp"

namespace email {

// Works the queue: one worker a connection. A worker's round is one write, in which it notes what became of its last
// mail and claims the next one, and then the SMTP conversation on a thread of the pool; the writes of all workers share
// commits. When nothing is due a worker rests until wake() or the time of the next attempt.
//
// Loop thread. Settings and context outlive it.
class sender {
public:
    // Throws core::fatal_error (configuration) when mails are to be signed and the key cannot do it.
    sender(const bus::module_context& context, const settings& settings);
    sender(const sender&) = delete;
    sender& operator=(const sender&) = delete;
    ~sender();

    void start();
    // A mail was queued.
    void wake();
    // See module::stop().
    core::awaitable<void> stop();

    [[nodiscard]] std::string trouble() const;

private:
    struct worker {
        worker(const core::executor& executor, const settings& settings, const std::atomic<bool>& abort)
            : client{settings, abort}, bell{executor} {}
        smtp_client client;
        core::notifier bell;
        std::optional<finished_mail> last{};  // not noted yet; kept when the write fails
    };

    core::awaitable<void> begin();
    core::awaitable<void> work(worker& self);
    core::awaitable<void> capture();

    [[nodiscard]] core::awaitable<std::optional<claimed_mail>> turn(worker& self, bool claims);
    core::awaitable<void> deliver(worker& self, finished_mail& done);
    void describe(finished_mail& done) const;
    void settle(const finished_mail& last);
    void report(const finished_mail& last) const;

    [[nodiscard]] bool has_due();
    core::awaitable<void> rest(worker& self);
    void ring_one();
    void ring_all();
    void ring_at(core::monotonic_time time);
    core::awaitable<void> alarm(core::monotonic_time time);
    core::awaitable<void> limit_drain();

    bus::module_context context_;
    const settings& settings_;
    const std::optional<dkim_signer> signer_;
    outcome_notes outcomes_;
    host_breaker breaker_;
    std::string host_trouble_;
    std::atomic<bool> abort_{false};
    bool stopping_ = false;
    std::optional<core::offload_pool> pool_;  // none while mails are captured
    std::list<worker> workers_;
    std::vector<worker*> resting_;
    std::uint64_t wakes_ = 0;
    core::notifier capture_bell_;
    std::optional<core::monotonic_time> next_alarm_;
    core::task_group alarms_;
    core::task_group tasks_;
};

}  // namespace email
