#include "requests_handler.hpp"

#include <stdexcept>

namespace bus {
namespace {

// What is wrong with the request stays wrong; what is wrong with the world passes.
void judge(const core::error& error) {
    auto text = error.detail;
    for (const auto& [field, detail] : error.fields)
        text.append(" ").append(field).append(" ").append(detail).append(";");
    switch (error.kind) {
        case core::error_kind::overloaded:
        case core::error_kind::limited:
        case core::error_kind::storage_full:
        case core::error_kind::no_handler:
            throw not_now{text};
        case core::error_kind::timed_out:
        case core::error_kind::remote:
            throw std::runtime_error{text};
        default:
            throw rejected{text};
    }
}

core::awaitable<void> answer(request_router& router, std::string name, std::shared_ptr<const void> event,
                             delivery& delivery) {
    const auto& data = *static_cast<const std::string*>(event.get());
    const auto answer = co_await router.send(
        name, {.data = data},
        {.from = delivery.from(), .idempotency_key = idempotency_key_of(name, delivery.event_id())});
    if (!answer) judge(answer.error());
}

std::shared_ptr<const void> as_it_is(std::int64_t, const std::string& data) {
    return std::make_shared<const std::string>(data);
}

}  // namespace

event_handler make_requests_handler(request_router& router, const std::vector<std::string>& requests) {
    event_handler handler{.name = "requests", .takes_requests = true};
    for (const auto& name : requests)
        handler.subscriptions.push_back(
            {name, &as_it_is, nullptr, [&router, name](std::shared_ptr<const void> event, delivery& delivery) {
                 return answer(router, name, std::move(event), delivery);
             }});
    return handler;
}

}  // namespace bus
