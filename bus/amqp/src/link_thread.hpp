#pragma once

#include <chrono>
#include <condition_variable>
#include <core/log.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "announcer.hpp"
#include "connection.hpp"
#include "link.hpp"
#include "mailbox.hpp"
#include "reconnect_pace.hpp"

namespace bus::amqp {

// The thread of a link: connects, lets a session work until the connection is lost, waits, connects again.
//
// The library cannot be interrupted while it looks up a name or waits for a host that does not answer. A thread that is
// found there when the time of stop() is over is left to itself: it shares the ownership of all it touches, speaks to
// nobody any more and ends with the next thing it does.
class link_thread : public std::enable_shared_from_this<link_thread> {
public:
    link_thread(core::logger log, link_settings settings, link_plan plan, std::shared_ptr<announcer> voice);

    // Loop thread, as for the link.
    void start();
    void stop(std::chrono::milliseconds limit);
    [[nodiscard]] bool is_running() const { return thread_.joinable(); }

    [[nodiscard]] mailbox& mail() noexcept { return mail_; }

private:
    void work();
    void connect_and_work();
    void tell_connected();
    void lose(const std::string& reason);
    void pause(std::chrono::milliseconds delay);
    void expose(int socket);  // to cut_off(); -1: none any more
    void cut_off();
    [[nodiscard]] bool wait_for_end(core::monotonic_time deadline);

    core::logger log_;
    const link_settings settings_;
    const link_plan plan_;
    const std::shared_ptr<announcer> voice_;
    mailbox mail_;
    reconnect_pace pace_;
    std::uint64_t generation_ = 0;
    std::string last_reason_;  // on the loop: what was logged

    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    bool is_cut_off_ = false;
    int socket_ = -1;
    std::thread thread_;
};

}  // namespace bus::amqp
