#include "local_endpoint.hpp"

#include <algorithm>
#include <stdexcept>

#include "module_deliveries.hpp"
#include "spans.hpp"

namespace bus {

void local_endpoint::add(event_handler handler) {
    // Two of one name would share their notes, and each would miss what the other did.
    if (find(handler.name) != nullptr) throw std::logic_error{"two handlers are named " + handler.name};
    handlers_.push_back(std::move(handler));
}

void local_endpoint::add(request_handler handler) {
    requests_.push_back(handler.name);
    router_.add(module_, std::move(handler));
}

std::shared_ptr<signal_inbox> local_endpoint::add_listener(signal_subscription wanted) {
    signal_topics_.push_back(wanted.topic);
    return signals_.listen(std::move(wanted));
}

core::awaitable<core::result<parcel>> local_endpoint::send(std::string_view name, parcel request, call call) {
    if (elsewhere_ != nullptr && !router_.answers(name))
        return send_away(std::string{name}, request.json(), std::move(call));
    return router_.send(name, std::move(request), std::move(call));
}

core::awaitable<core::result<parcel>> local_endpoint::send_away(std::string name, std::string data, call call) {
    call.deadline = router_.limited(call.deadline);
    const bool is_idempotent = call.is_idempotent;
    auto span = request_span(traces_, core::span_kind::client, name, module_, call.from.trace);
    auto answer = co_await elsewhere_->request(std::move(name), std::move(data), is_idempotent, std::move(call));
    if (!answer) {
        note_answer(span, answer.error());
        co_return std::unexpected{std::move(answer.error())};
    }
    co_return parcel{.data = std::move(*answer)};
}

void local_endpoint::send_signal(std::string_view name, std::string_view routing_key, parcel signal) {
    signals_.send(name, signal);
    if (elsewhere_ != nullptr) elsewhere_->send_signal({std::string{name}, std::string{routing_key}, signal.json()});
}

core::awaitable<bool> local_endpoint::wait_until_past(std::string handler, std::string source, std::int64_t sequence,
                                                      core::monotonic_time deadline) {
    auto* follower = deliveries_ == nullptr ? nullptr : deliveries_->find(handler, source);
    if (follower == nullptr) co_return false;
    co_return co_await follower->wait_until_past(sequence, deadline);
}

const event_handler* local_endpoint::find(std::string_view handler) const {
    const auto found = std::ranges::find(handlers_, handler, &event_handler::name);
    return found == handlers_.end() ? nullptr : &*found;
}

}  // namespace bus
