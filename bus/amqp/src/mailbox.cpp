#include "mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "delivery_tag.hpp"

namespace bus::amqp {
namespace {

int new_descriptor() {
    const auto descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
    return descriptor;
}

std::vector<std::size_t> limits_of(const std::vector<channel_plan>& channels) {
    std::vector<std::size_t> limits{0};
    for (const auto& channel : channels) limits.push_back(channel.most_waiting);
    return limits;
}

}  // namespace

mailbox::mailbox(const std::vector<channel_plan>& channels)
    : descriptor_{new_descriptor()}, most_waiting_{limits_of(channels)}, waiting_(channels.size() + 1) {}

mailbox::~mailbox() { ::close(descriptor_); }

bool mailbox::push(outgoing_message message) {
    const std::lock_guard lock{mutex_};
    if (message.channel == 0 || message.channel >= waiting_.size())
        throw std::out_of_range{"the link has no channel " + std::to_string(message.channel)};
    auto& waiting = waiting_[message.channel];
    if (!is_open_ || waiting >= most_waiting_[message.channel]) return false;
    ++waiting;
    messages_.push_back(std::move(message));
    rouse(interest_.in_messages);
    return true;
}

void mailbox::push(const acknowledgement& done) {
    const std::lock_guard lock{mutex_};
    if (standing_ == 0 || deadline_) return;
    auto& all = work_.acknowledgements;
    if (!all.empty() && done.is_multiple && all.back().is_multiple && all.back().channel == done.channel &&
        is_of_same_connection(all.back().tag, done.tag))
        all.back().tag = std::max(all.back().tag, done.tag);
    else
        all.push_back(done);
    rouse(interest_.in_requests);
}

bool mailbox::push(std::shared_ptr<consumer_question> question) {
    const std::lock_guard lock{mutex_};
    if (!is_open_) return false;
    work_.questions.push_back(std::move(question));
    rouse(interest_.in_requests);
    return true;
}

void mailbox::renew(std::string reason) {
    const std::lock_guard lock{mutex_};
    if (!is_open_) return;
    work_.renewal = std::move(reason);
    rouse(interest_.in_requests);
}

void mailbox::open(std::uint64_t generation) {
    const std::lock_guard lock{mutex_};
    is_open_ = generation == standing_ && !deadline_;
}

bool mailbox::is_open() const {
    const std::lock_guard lock{mutex_};
    return is_open_;
}

bool mailbox::is_standing() const {
    const std::lock_guard lock{mutex_};
    return standing_ != 0;
}

void mailbox::stop(core::monotonic_time deadline) {
    const std::lock_guard lock{mutex_};
    is_open_ = false;
    deadline_ = deadline;
    rouse(true);
}

void mailbox::begin(std::uint64_t generation) {
    const std::lock_guard lock{mutex_};
    standing_ = generation;
}

void mailbox::take(work& work) {
    const std::lock_guard lock{mutex_};
    std::swap(work, work_);
}

void mailbox::take(std::deque<outgoing_message>& messages, std::size_t most) {
    const std::lock_guard lock{mutex_};
    for (; most > 0 && !messages_.empty(); --most) {
        --waiting_[messages_.front().channel];
        messages.push_back(std::move(messages_.front()));
        messages_.pop_front();
    }
}

std::deque<std::shared_ptr<consumer_question>> mailbox::drop() {
    const std::lock_guard lock{mutex_};
    standing_ = 0;
    is_open_ = false;
    messages_.clear();
    waiting_.assign(waiting_.size(), 0);
    return std::exchange(work_, {}).questions;
}

std::optional<core::monotonic_time> mailbox::deadline() const {
    const std::lock_guard lock{mutex_};
    return deadline_;
}

bool mailbox::fall_asleep(interest interest) {
    const std::lock_guard lock{mutex_};
    if (deadline_) return false;
    if (interest.in_requests && !(work_.acknowledgements.empty() && work_.questions.empty() && !work_.renewal))
        return false;
    if (interest.in_messages && !messages_.empty()) return false;
    is_asleep_ = true;
    interest_ = interest;
    return true;
}

void mailbox::wake_up() {
    const std::lock_guard lock{mutex_};
    is_asleep_ = false;
    eventfd_t ignored = 0;
    (void)::eventfd_read(descriptor_, &ignored);  // EAGAIN: something else has woken the thread
}

void mailbox::rouse(bool is_of_interest) {
    if (!is_asleep_ || !is_of_interest) return;
    is_asleep_ = false;
    // It cannot be full: it is read once for each write.
    (void)::eventfd_write(descriptor_, 1);
}

}  // namespace bus::amqp
