#include "witness.hpp"

#include <storage/error.hpp>

namespace conformance {
namespace {

class watched_delivery final : public wrapped_delivery {
public:
    using wrapped_delivery::wrapped_delivery;

    core::awaitable<void> commit(unit unit) override {
        bool ran = false;
        co_await inner_.commit([&](storage::transaction& transaction) {
            ran = true;
            unit(transaction);
        });
        is_committed = true;
        is_duplicate = !ran;
    }

    bool is_committed = false;
    bool is_duplicate = false;
};

class running_mark {
public:
    explicit running_mark(std::int64_t& running) : running_{running} { ++running_; }
    running_mark(const running_mark&) = delete;
    running_mark& operator=(const running_mark&) = delete;
    ~running_mark() { --running_; }

private:
    std::int64_t& running_;
};

}  // namespace

void witness::door::add(bus::event_handler handler) {
    auto& seen = owner_.all_[{module_, handler.name}];
    seen.from = handler.from;
    for (auto& subscription : handler.subscriptions) {
        seen.types.push_back(subscription.type);
        subscription.handle = std::bind_front(&witness::run, &owner_, std::ref(seen), std::move(subscription.handle));
    }
    wrapped_endpoint::add(std::move(handler));
}

core::awaitable<void> witness::run(seen& seen, const event_function& handle, std::shared_ptr<const void> event,
                                   bus::delivery& delivery) const {
    const running_mark running{seen.running};
    ++seen.starts;
    const auto attempt = delivery.attempt();
    if (attempt > 1) ++seen.retried;
    watched_delivery watched{delivery};
    std::exception_ptr failure;
    try {
        co_await handle(std::move(event), watched);
    } catch (...) {
        failure = std::current_exception();
    }
    if (watched.is_committed || !failure)
        ++(watched.is_duplicate ? seen.suppressed : seen.handled);
    else
        note_failure(seen, attempt, failure);
    if (failure) std::rethrow_exception(failure);
}

void witness::note_failure(seen& seen, std::int64_t attempt, const std::exception_ptr& failure) const {
    bool is_hopeless = false;
    try {
        std::rethrow_exception(failure);
    } catch (const bus::not_now&) {
        return;
    } catch (const bus::rejected&) {
        is_hopeless = true;
    } catch (const storage::error& reason) {
        if (reason.is_infrastructure()) return;
    } catch (...) {  // of any other kind: it may be tried again
        is_hopeless = false;
    }
    ++seen.failed;
    if (is_hopeless || attempt >= attempts_) ++seen.died;
}

}  // namespace conformance
