#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace app {

struct http_request {
    std::string method = "GET";
    std::string url{};
    std::string public_key_pin{};   // of the server, for https: no other is spoken to, whoever vouches for it
    std::string token{};            // sent as Authorization: Bearer; empty: none
    std::string body{};             //
    std::string content_type{};     // of the body
    std::string idempotency_key{};  // empty: none
    std::string last_event_id{};    // sent as Last-Event-ID; empty: none
    std::chrono::milliseconds timeout = std::chrono::seconds{2};
    // Gets the body of an answer with status 200 as it comes, without an end in time; `timeout` is then for the
    // connection. False ends it. None: the body is in the answer.
    std::function<bool(std::string_view)> take{};
};

struct http_answer {
    long status = 0;                                    // 0 when nobody answered
    std::string text;                                   // the body, or why there is none
    std::optional<std::chrono::seconds> retry_after{};  // when asking again makes sense
    std::string link{};                                 // the field Link
};

// One request at a time, past any proxy; the connection is kept for the next. Blocks.
class http_client {
public:
    http_client();
    [[nodiscard]] http_answer send(const http_request& request);

private:
    std::unique_ptr<void, void (*)(void*)> handle_;
};

// One request on a connection of its own.
[[nodiscard]] http_answer send(const http_request& request);

// As a part of a path or a query.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace app
