#include <gtest/gtest.h>

#include <algorithm>
#include <core/task_group.hpp>
#include <harness/recording.hpp>
#include <stdexcept>

namespace harness {
namespace {

// Stands for the end of the process: no handler can answer it.
struct process_ended {};

class wrapped_delivery : public bus::delivery {
public:
    explicit wrapped_delivery(bus::delivery& inner) : inner_{inner} {}
    [[nodiscard]] const core::origin& from() const noexcept override { return inner_.from(); }
    [[nodiscard]] const std::string& event_id() const noexcept override { return inner_.event_id(); }
    [[nodiscard]] std::int64_t attempt() const noexcept override { return inner_.attempt(); }

protected:
    [[nodiscard]] bus::delivery& inner() noexcept { return inner_; }

private:
    bus::delivery& inner_;
};

class watched_delivery final : public wrapped_delivery {
public:
    using wrapped_delivery::wrapped_delivery;
    core::awaitable<void> commit(unit unit) override {
        co_await inner().commit(std::move(unit));
        committed_ = true;
    }
    [[nodiscard]] bool committed() const noexcept { return committed_; }

private:
    bool committed_ = false;
};

// The note that the event is done is there, so the unit is not run.
class done_delivery final : public wrapped_delivery {
public:
    using wrapped_delivery::wrapped_delivery;
    core::awaitable<void> commit(unit) override { co_return; }
};

class crashing_delivery final : public wrapped_delivery {
public:
    using wrapped_delivery::wrapped_delivery;
    core::awaitable<void> commit(unit) override {
        throw process_ended{};
        co_return;
    }
};

}  // namespace

std::string outcome_of(const core::error* error) {
    if (error == nullptr) return "answered";
    std::string text = "refused: " + error->detail;
    for (const auto& [field, detail] : error->fields) text.append(" ").append(field).append(" ").append(detail);
    return text;
}

std::shared_ptr<const bus::request_handler> stand_ins::find(std::string_view name) const {
    const auto found = handlers_.find(name);
    return found == handlers_.end() ? nullptr : found->second;
}

void stand_ins::add(bus::request_handler handler) {
    auto name = handler.name;
    handlers_.insert_or_assign(std::move(name), std::make_shared<const bus::request_handler>(std::move(handler)));
}

void stand_ins::add(bus::event_handler) { throw std::logic_error{"a stand-in handles no events"}; }

std::shared_ptr<bus::signal_inbox> stand_ins::add_listener(bus::signal_subscription) {
    throw std::logic_error{"a stand-in listens to no signals"};
}

core::awaitable<core::result<bus::parcel>> stand_ins::send(std::string_view, bus::parcel, bus::call) {
    throw std::logic_error{"a stand-in asks nobody"};
}

void stand_ins::send_signal(std::string_view, std::string_view, bus::parcel) {
    throw std::logic_error{"a stand-in sends no signals"};
}

bool recording_endpoint::has_unread_signals() const {
    return std::ranges::any_of(listeners_, [](const auto& inbox) { return inbox->waiting.size() > 0; });
}

void recording_endpoint::add(bus::event_handler handler) {
    for (auto& subscription : handler.subscriptions) {
        sources_.insert(std::string{bus::owner_of(subscription.type)});
        subscription.handle = [this, name = handler.name, handle = std::move(subscription.handle)](
                                  std::shared_ptr<const void> event, bus::delivery& delivery) {
            return deliver(name, handle, std::move(event), delivery);
        };
    }
    inner_.add(std::move(handler));
}

std::shared_ptr<bus::signal_inbox> recording_endpoint::add_listener(bus::signal_subscription wanted) {
    return listeners_.emplace_back(inner_.add_listener(std::move(wanted)));
}

core::awaitable<core::result<bus::parcel>> recording_endpoint::send(std::string_view name, bus::parcel request,
                                                                    bus::call call) {
    const auto place = notes_.requests.size();
    notes_.requests.push_back({.by_module = true, .name = std::string{name}, .from = call.from});
    const auto other = others_.find(name);
    auto answer = other ? co_await other->handle(std::move(request), std::move(call))
                        : co_await inner_.send(name, std::move(request), std::move(call));
    notes_.requests[place].outcome = outcome_of(answer ? nullptr : &answer.error());
    co_return answer;
}

core::awaitable<void> recording_endpoint::deliver(const std::string& handler, const handle& handle,
                                                  std::shared_ptr<const void> event, bus::delivery& delivery) {
    switch (each_event_) {
        case redelivery::when_done:
            return repeat_when_done(handler, handle, std::move(event), delivery);
        case redelivery::after_a_crash:
            return repeat_after_a_crash(handler, handle, std::move(event), delivery);
        case redelivery::never:
            break;
    }
    return run(handler, handle, std::move(event), delivery, "done");
}

core::awaitable<void> recording_endpoint::repeat_when_done(const std::string& handler, const handle& handle,
                                                           std::shared_ptr<const void> event, bus::delivery& delivery) {
    watched_delivery first{delivery};
    co_await run(handler, handle, event, first, "done");
    if (!first.committed()) co_return co_await run(handler, handle, event, delivery, "done a second time");
    done_delivery second{delivery};
    try {
        co_await run(handler, handle, event, second, "done a second time, without effect");
    } catch (const std::exception& failure) {
        ADD_FAILURE() << handler << " failed for an event that it had done: " << failure.what();
    }
}

core::awaitable<void> recording_endpoint::repeat_after_a_crash(const std::string& handler, const handle& handle,
                                                               std::shared_ptr<const void> event,
                                                               bus::delivery& delivery) {
    crashing_delivery first{delivery};
    std::string words = "done a second time";
    try {
        co_await run(handler, handle, event, first, "returned; the process ended before the note");
    } catch (const process_ended&) {
        words = "done";
    }
    co_await run(handler, handle, event, delivery, std::move(words));
}

core::awaitable<void> recording_endpoint::run(const std::string& handler, const handle& handle,
                                              std::shared_ptr<const void> event, bus::delivery& delivery,
                                              std::string words) {
    const auto place = notes_.deliveries.size();
    notes_.deliveries.push_back({.handler = handler, .event_id = delivery.event_id(), .attempt = delivery.attempt()});
    notes_.waiting.erase({handler, delivery.event_id()});
    try {
        co_await handle(std::move(event), delivery);
        notes_.deliveries[place].outcome = std::move(words);
    } catch (const process_ended&) {
        notes_.deliveries[place].outcome = "the process ended in its commit";
        throw;
    } catch (const bus::not_now& failure) {
        notes_.deliveries[place].outcome = std::string{"not now: "} + failure.what();
        notes_.waiting.emplace(handler, delivery.event_id());
        throw;
    } catch (...) {
        notes_.deliveries[place].outcome = "failed: " + core::describe(std::current_exception());
        throw;
    }
}

}  // namespace harness
