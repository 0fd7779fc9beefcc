#include "link_thread.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <exception>
#include <utility>

#include "broker_error.hpp"
#include "consumer_counter.hpp"
#include "session.hpp"

namespace bus::amqp {
namespace {

using namespace std::chrono_literals;

// For the goodbye of a connection that is of no use any more.
constexpr auto goodbye_limit = 500ms;

// The library sends and checks heartbeats only when it is called.
std::chrono::milliseconds tick_of(std::chrono::seconds heartbeat) {
    return std::clamp(std::chrono::milliseconds{heartbeat} / 4, 50ms, 1000ms);
}

}  // namespace

link_thread::link_thread(core::logger log, link_settings settings, link_plan plan, std::shared_ptr<announcer> voice)
    : log_{std::move(log)},
      settings_{std::move(settings)},
      plan_{std::move(plan)},
      voice_{std::move(voice)},
      mail_{plan_.channels},
      pace_{settings_.reconnect} {}

void link_thread::start() {
    assert(!thread_.joinable() && !mail_.deadline() && "a link is started once");
    thread_ = std::thread{[self = shared_from_this()] { self->work(); }};
    ::pthread_setname_np(thread_.native_handle(), "busbar-amqp");
}

void link_thread::stop(std::chrono::milliseconds limit) {
    const auto now = std::chrono::steady_clock::now();
    // What is sent last, the goodbye, and a cut that ends whatever is stuck all have their share of the limit.
    mail_.stop(now + limit * 6 / 10);
    if (!thread_.joinable()) return;
    // Where no connection stands there is nothing to send.
    if (!mail_.is_standing() || !wait_for_end(now + limit * 8 / 10)) cut_off();
    if (wait_for_end(now + limit))
        thread_.join();
    else
        thread_.detach();
}

bool link_thread::wait_for_end(core::monotonic_time deadline) {
    std::unique_lock lock{mutex_};
    return ended_.wait_until(lock, deadline, [this] { return has_ended_; });
}

void link_thread::expose(int socket) {
    const std::lock_guard lock{mutex_};
    socket_ = socket;
    if (is_cut_off_ && socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void link_thread::cut_off() {
    const std::lock_guard lock{mutex_};
    is_cut_off_ = true;
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void link_thread::work() {
    while (!mail_.deadline()) {
        std::string reason;
        try {
            connect_and_work();
        } catch (const std::exception& failure) {
            reason = failure.what();
        }
        for (const auto& question : mail_.drop()) answer(*voice_, question, std::nullopt);
        if (mail_.deadline()) break;
        lose(reason);
        pause(pace_.lost(std::chrono::steady_clock::now(), core::random_fraction()));
    }
    const std::lock_guard lock{mutex_};
    has_ended_ = true;
    ended_.notify_all();
}

void link_thread::connect_and_work() {
    connection connection{{.broker = settings_.broker,
                           .name = plan_.name,
                           .limit = settings_.connect_limit,
                           .heartbeat = settings_.heartbeat}};
    // After all that uses the socket, but before the connection closes it.
    struct cover {
        link_thread& thread;
        ~cover() { thread.expose(-1); }
    };
    connection.open();
    const cover cover{*this};
    expose(connection.socket());
    connection.sign_in();
    try {
        session session{connection, plan_, ++generation_, mail_, *voice_};
        mail_.begin(generation_);
        pace_.connected(std::chrono::steady_clock::now());
        tell_connected();
        session.run(tick_of(settings_.heartbeat));
    } catch (const broker_error&) {
        // The listener must not be told "connected" for what it hands over from here on.
        for (const auto& question : mail_.drop()) answer(*voice_, question, std::nullopt);
        connection.close(goodbye_limit);
        throw;
    }
    const auto deadline = mail_.deadline();
    assert(deadline);
    connection.close(
        std::max(std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()),
                 std::chrono::milliseconds{goodbye_limit}));
}

void link_thread::tell_connected() {
    voice_->post([self = shared_from_this(), generation = generation_](link_listener& listener) {
        self->mail_.open(generation);
        self->last_reason_.clear();
        self->log_.info("connected to the broker", {{"connection", self->plan_.name},
                                                    {"host", self->settings_.broker.host},
                                                    {"port", self->settings_.broker.port}});
        listener.connected();
    });
}

void link_thread::lose(const std::string& reason) {
    voice_->post([self = shared_from_this(), reason](link_listener& listener) {
        // Each reason once, not once for each attempt.
        if (std::exchange(self->last_reason_, reason) != reason)
            self->log_.warning("no connection to the broker", {{"connection", self->plan_.name}, {"reason", reason}});
        listener.lost(reason);
    });
}

void link_thread::pause(std::chrono::milliseconds delay) {
    const auto end = std::chrono::steady_clock::now() + delay;
    while (mail_.fall_asleep({})) {
        pollfd entry{.fd = mail_.descriptor(), .events = POLLIN, .revents = 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left > 0ms) (void)::poll(&entry, 1, static_cast<int>(left.count()));
        mail_.wake_up();
        if (left <= 0ms) return;
    }
}

}  // namespace bus::amqp
