#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace app {

struct http_request {
    std::string method = "GET";
    std::string url{};
    std::string public_key_pin{};       // of the server, for https: no other is spoken to, whoever vouches for it
    std::string token{};                // sent as Authorization: Bearer; empty: none
    std::optional<std::string> json{};  // the body
    std::chrono::milliseconds timeout = std::chrono::seconds{2};
};

struct http_answer {
    long status = 0;   // 0 when nobody answered
    std::string text;  // the body, or why there is none
};

// One request on a connection of its own, past any proxy. Blocks.
[[nodiscard]] http_answer send(const http_request& request);

// As a part of a path or a query.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace app
