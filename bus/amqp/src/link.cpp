#include "link.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cassert>
#include <utility>

#include "link_thread.hpp"
#include "wire_codec.hpp"

namespace bus::amqp {

struct link::implementation {
    core::executor loop;
    std::vector<channel_plan> channels;
    std::shared_ptr<announcer> voice;
    std::shared_ptr<link_thread> thread;
    // Those that somebody waits for now.
    std::vector<std::shared_ptr<consumer_question>> questions{};
};

link::link(core::executor loop, core::logger log, link_settings settings, link_plan plan, link_listener& listener) {
    auto channels = plan.channels;
    const auto voice = std::make_shared<announcer>(loop, listener);
    const auto thread = std::make_shared<link_thread>(std::move(log), std::move(settings), std::move(plan), voice);
    implementation_ = std::make_shared<implementation>(
        implementation{.loop = loop, .channels = std::move(channels), .voice = voice, .thread = thread});
}

link::~link() { assert(!implementation_->thread->is_running() && "stop() comes before the destructor"); }

void link::start() { implementation_->thread->start(); }

void link::stop(std::chrono::milliseconds limit) {
    implementation_->thread->stop(limit);
    implementation_->voice->silence();
    for (const auto& question : implementation_->questions) {
        question->is_answered = true;
        question->answered.notify();
    }
}

bool link::publish(channel_number channel, std::uint64_t id, wire_message message) {
    check_lengths(message);
    return implementation_->thread->mail().push(outgoing_message{channel, id, std::move(message)});
}

void link::acknowledge_up_to(channel_number channel, std::uint64_t tag) {
    implementation_->thread->mail().push(acknowledgement{.channel = channel, .tag = tag, .is_multiple = true});
}

void link::acknowledge(channel_number channel, std::uint64_t tag) {
    implementation_->thread->mail().push(acknowledgement{.channel = channel, .tag = tag, .is_multiple = false});
}

core::awaitable<std::optional<std::uint32_t>> link::count_consumers(std::string queue) {
    const auto self = implementation_;
    const auto question = std::make_shared<consumer_question>(self->loop, std::move(queue));
    if (!self->thread->mail().push(question)) co_return std::nullopt;
    self->questions.push_back(question);
    using namespace core::asio::experimental::awaitable_operators;
    const auto end = std::chrono::steady_clock::now() + patience;
    std::exception_ptr cancelled;
    try {
        while (!question->is_answered && std::chrono::steady_clock::now() < end) {
            core::steady_timer limit{self->loop, end};
            co_await (question->answered.wait() || limit.async_wait(core::use_awaitable));
        }
    } catch (...) {
        cancelled = std::current_exception();
    }
    std::erase(self->questions, question);
    if (cancelled) std::rethrow_exception(cancelled);
    co_return question->consumers;
}

void link::declare_again(std::string reason) { implementation_->thread->mail().renew(std::move(reason)); }

bool link::is_connected() const { return implementation_->thread->mail().is_open(); }

}  // namespace bus::amqp
