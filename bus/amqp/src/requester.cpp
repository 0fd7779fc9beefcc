#include "requester.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <bus/message.hpp>

#include "request_message.hpp"

namespace bus::amqp {
namespace {

constexpr auto presence_valid_for = std::chrono::milliseconds{500};
constexpr auto watch_interval = std::chrono::milliseconds{500};
constexpr auto time_to_come_back = std::chrono::seconds{2};
constexpr auto pause_before_repetition = std::chrono::milliseconds{100};

core::result<std::string> nobody_answers(const std::string& module) {
    return core::fail(core::error_kind::no_handler, "The module " + module + " is not running.");
}

core::awaitable<void> sleep(core::executor loop, std::chrono::nanoseconds duration) {
    core::steady_timer timer{loop, duration};
    co_await timer.async_wait(core::use_awaitable);
}

}  // namespace

// Somebody waits for the answer as long as it lives.
class requester::entry {
public:
    entry(requester& owner, std::string id, waiting& waiting) : owner_{owner}, id_{std::move(id)} {
        owner_.waiting_.emplace(id_, &waiting);
    }
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    ~entry() { owner_.waiting_.erase(id_); }

private:
    requester& owner_;
    std::string id_;
};

requester::requester(const core::runtime& runtime, link& link, channel_number channel, const names& names)
    : runtime_{runtime},
      link_{link},
      channel_{channel},
      names_{names},
      log_{runtime.log_for("bus")},
      presence_{presence_valid_for} {}

core::awaitable<core::result<std::string>> requester::ask(std::string name, std::string data, bool is_idempotent,
                                                          call call) {
    std::optional<core::monotonic_time> comes_back_until;
    while (true) {
        auto answer = co_await ask_once(name, data, is_idempotent, call);
        const auto now = std::chrono::steady_clock::now();
        const bool is_gone = answer && !*answer && answer->error().kind == core::error_kind::no_handler;
        // A connection that broke stands again soon, as a rule.
        if (answer && !(is_gone && comes_back_until && now < *comes_back_until)) co_return std::move(*answer);
        if (!comes_back_until && !is_connected_) comes_back_until = now + time_to_come_back;
        if (runtime_.time.monotonic() >= call.deadline)
            co_return core::fail(core::error_kind::timed_out, "The answer did not come in time.");
        co_await sleep(runtime_.loop, pause_before_repetition);
    }
}

// Nothing when it may be asked again.
core::awaitable<std::optional<core::result<std::string>>> requester::ask_once(const std::string& name,
                                                                              const std::string& data,
                                                                              bool is_idempotent, const call& call) {
    const std::string module{owner_of(name)};
    if (!is_connected_) co_return core::fail(core::error_kind::no_handler, "The broker cannot be reached at present.");
    if (!blocked_.empty())
        co_return core::fail(core::error_kind::overloaded, "The broker takes nothing at present; try again.");
    if (!co_await is_there(module)) co_return nobody_answers(module);
    const auto left = std::chrono::floor<std::chrono::milliseconds>(call.deadline - runtime_.time.monotonic());
    if (left <= std::chrono::milliseconds{0})
        co_return core::fail(core::error_kind::timed_out, "The deadline has passed.");

    auto message = request_message(names_.requests(), name, data, left, call);
    const auto id = runtime_.ids.next();
    message.correlation_id = id;  // and no message id: from others that is an idempotency key
    waiting waiting{module, core::steady_timer{runtime_.loop, left}};
    const entry entry{*this, id, waiting};
    if (!link_.publish(channel_, 0, std::move(message)))
        co_return core::fail(core::error_kind::overloaded, "Too many requests wait for the broker; try again.");
    boost::system::error_code why;
    co_await waiting.timer.async_wait(core::asio::redirect_error(core::use_awaitable, why));
    if (waiting.answer) co_return std::move(*waiting.answer);
    if (!waiting.is_lost) {
        if (why) throw boost::system::system_error{why};  // the caller was cancelled
        co_return core::fail(core::error_kind::timed_out, "The answer did not come in time.");
    }
    if (is_idempotent) co_return std::nullopt;
    co_return core::fail(core::error_kind::timed_out,
                         "The module " + module + " was lost before it answered; the request may have been done.");
}

core::awaitable<bool> requester::is_there(std::string module) {
    if (presence_.is_known_to_be_there(module, std::chrono::steady_clock::now())) co_return true;
    const auto consumers = co_await link_.count_consumers(names_.requests_of(module));
    presence_.heard(module, consumers, std::chrono::steady_clock::now());
    co_return consumers.value_or(0) > 0;
}

core::awaitable<void> requester::watch(std::vector<std::string> asks) {
    while (true) {
        co_await sleep(runtime_.loop, watch_interval);
        if (!is_connected_) continue;
        std::set<std::string> modules;
        for (const auto& name : asks) modules.emplace(owner_of(name));
        for (const auto& [id, one] : waiting_) modules.insert(one->module);
        for (const auto& module : modules) {
            const auto asked_at = std::chrono::steady_clock::now();
            const auto consumers = co_await link_.count_consumers(names_.requests_of(module));
            if (!is_connected_) break;
            if (!consumers && std::chrono::steady_clock::now() >= asked_at + link::patience) {
                // The broker is silent: nobody should wait until the connection is given up.
                for (const auto& one : modules) lose(one);
                break;
            }
            presence_.heard(module, consumers, std::chrono::steady_clock::now());
            if (consumers.value_or(0) > 0) {
                away_.erase(module);
            } else {
                note_away(module, asks);
                lose(module);
            }
        }
    }
}

// Told once, until the module has come.
void requester::note_away(const std::string& module, const std::vector<std::string>& asks) {
    if (away_.contains(module)) return;
    for (const auto& name : asks) {
        if (owner_of(name) != module) continue;
        log_.warning("a request has nobody who answers it", {{"request", name}});
        away_.insert(module);
    }
}

void requester::connected() {
    is_connected_ = true;
    blocked_.clear();
}

void requester::lost() {
    is_connected_ = false;
    presence_.forget_all();
    away_.clear();
    for (auto& [id, one] : waiting_) {
        one->is_lost = true;
        one->timer.cancel();
    }
}

void requester::lose(const std::string& module) {
    for (auto& [id, one] : waiting_) {
        if (one->module != module) continue;
        one->is_lost = true;
        one->timer.cancel();
    }
}

void requester::replied(wire_message reply) {
    const auto found = waiting_.find(reply.correlation_id);
    if (found == waiting_.end()) {
        ++late_;
        return;
    }
    found->second->answer = answer_of(std::move(reply));
    found->second->timer.cancel();
}

void requester::returned(const wire_message& request) {
    const auto found = waiting_.find(request.correlation_id);
    if (found == waiting_.end()) return;
    found->second->answer = nobody_answers(found->second->module);
    found->second->timer.cancel();
}

}  // namespace bus::amqp
