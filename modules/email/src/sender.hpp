#pragma once

#include <atomic>
#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/notifier.hpp>
#include <core/offload_pool.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery_rows.hpp"
#include "dkim_signer.hpp"
#include "host_breaker.hpp"
#include "mail.hpp"
#include "mail_carrier.hpp"
#include "outcome_counters.hpp"
#include "outcome_notes.hpp"

namespace email {

// What makes the attempts of one worker. `abort` breaks off what it does, within a second or so, and outlives it.
using carrier_maker = std::function<std::unique_ptr<mail_carrier>(const std::atomic<bool>& abort)>;

// Works the line of one server in the queue: one worker a connection. A worker's round is one write, in which it notes
// what became of its last mail and claims the next one, and then the SMTP conversation on a thread of the pool; the
// writes of all workers share commits. When nothing is due a worker rests until wake() or the time of the next attempt.
// First attempts and repeats take turns, so neither a flood of new mail nor a backlog keeps the other waiting.
//
// Loop thread. Settings and context outlive it.
class sender {
public:
    // `name`: of the server, as smtp_routes has it. `server`: none for mails that are kept here; its password no text
    // for people may show. `signer`: none when mails are not signed. Both outlive it.
    sender(const bus::module_context& context, const settings& settings, std::string name, const smtp_server* server,
           carrier_maker make_carrier, const dkim_signer* signer);
    sender(const sender&) = delete;
    sender& operator=(const sender&) = delete;
    ~sender();

    void start();
    // A mail was queued.
    void wake();

    // A mail whose commit is under way: its sequence once that is done, none when it is not to be sent by who has
    // begun.
    struct early_mail {
        claimed_mail mail;
        std::shared_future<std::optional<std::int64_t>> sequence;
    };
    // A worker rests and may begin with one, and the server is not away. One at a time: in a flood of orders workers
    // are better off with what waits already.
    [[nodiscard]] bool can_begin() const;
    // Lets a worker begin. settled() has to follow when the sequence is known.
    struct worker;
    [[nodiscard]] worker& begin(early_mail mail);
    void settled(worker& busy);

    // Begins no mail any more; finish() waits for those that are being sent. See module::stop().
    void stop(std::chrono::milliseconds limit);
    core::awaitable<void> finish();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    // Why its server takes no mail; empty while it does.
    [[nodiscard]] std::string away() const;
    // A worker that fails by itself.
    [[nodiscard]] std::string trouble() const;

private:
    core::awaitable<void> work(worker& self);
    core::awaitable<void> send(worker& self, claimed_mail mail, host_breaker::ticket ticket);
    core::awaitable<void> send_early(worker& self, early_mail early);

    [[nodiscard]] core::awaitable<std::optional<claimed_mail>> turn(worker& self, bool claims);
    core::awaitable<void> deliver(worker& self, finished_mail& done, const content_permission& may_go_out);
    void describe(finished_mail& done) const;
    void settle(const finished_mail& last);
    void report(const finished_mail& last) const;

    [[nodiscard]] bool has_due();
    core::awaitable<void> rest(worker& self);
    void ring_one();
    void ring_all();
    void ring_at(core::monotonic_time time);
    core::awaitable<void> alarm(core::monotonic_time time);
    core::awaitable<void> limit_drain(std::chrono::milliseconds limit);

    bus::module_context context_;
    const settings& settings_;
    const std::string name_;
    const smtp_server* const server_;
    const std::string password_;
    const carrier_maker make_carrier_;
    const dkim_signer* const signer_;
    outcome_notes outcomes_;
    outcome_counters counters_;
    host_breaker breaker_;
    std::string host_trouble_;
    std::atomic<bool> abort_{false};
    bool stopping_ = false;
    core::offload_pool pool_;
    std::list<worker> workers_;
    std::vector<worker*> resting_;
    bool is_one_early_ = false;
    std::uint64_t wakes_ = 0;
    delivery_rows::line next_line_ = delivery_rows::line::first_attempts;
    std::optional<core::monotonic_time> next_alarm_;
    core::task_group alarms_;
    core::task_group tasks_;
};

struct sender::worker {
    worker(const core::executor& executor, std::unique_ptr<mail_carrier> made)
        : carrier{std::move(made)}, bell{executor}, settled{executor} {}
    std::unique_ptr<mail_carrier> carrier;
    core::notifier bell;
    core::notifier settled;
    std::optional<early_mail> early{};
    std::optional<finished_mail> last{};  // not noted yet; kept when the write fails
};

}  // namespace email
