#pragma once

#include <bus/endpoint.hpp>
#include <chrono>
#include <core/clock.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <web/request.hpp>

namespace web {

// The edge's way to the modules: a request of the bus with the trace of the HTTP request and a deadline.
class caller {
public:
    caller(bus::endpoint& bus, core::clock& clock, std::chrono::milliseconds limit)
        : bus_{bus}, clock_{clock}, limit_{limit} {}

    // On behalf of `request`, which is only looked at before the first suspension.
    template <bus::request_message Message>
    core::awaitable<core::result<bus::answer_of<Message>>> ask(Message message, const request& request) const {
        return ask_once(std::move(message), request,
                        request.method == "POST" ? request.header("idempotency-key") : std::string_view{});
    }
    // What comes again with the same `key` is not done again; an empty one says nothing.
    template <bus::request_message Message>
    core::awaitable<core::result<bus::answer_of<Message>>> ask_once(Message message, const request& request,
                                                                    std::string_view key) const {
        auto call = call_for(request);
        // One key may stand for as many requests as there are clients and kinds of requests.
        if (!key.empty())
            call.idempotency_key =
                std::string{Message::message.name} + ' ' + asker_of(request) + ' ' + std::string{key};
        return bus_.request(std::move(message), std::move(call));
    }
    // For what each module answers under its own name.
    template <bus::request_message Message>
    core::awaitable<core::result<bus::answer_of<Message>>> ask_of(std::string module, Message message,
                                                                  const request& request) const {
        return bus_.request_of(std::move(module), std::move(message), call_for(request));
    }

private:
    [[nodiscard]] static std::string asker_of(const request& request) {
        if (request.is_admin) return "admin";
        return request.session ? request.session->user_id : "anyone";
    }
    [[nodiscard]] bus::call call_for(const request& request) const {
        return {.from = request.from, .deadline = clock_.monotonic() + limit_};
    }

    bus::endpoint& bus_;
    core::clock& clock_;
    std::chrono::milliseconds limit_;
};

}  // namespace web
