#pragma once

#include <chrono>
#include <core/async.hpp>
#include <core/error.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace web {

namespace content_type {
inline constexpr std::string_view json = "application/json; charset=utf-8";
inline constexpr std::string_view problem_json = "application/problem+json; charset=utf-8";
inline constexpr std::string_view json_lines = "application/jsonl";
inline constexpr std::string_view event_stream = "text/event-stream; charset=utf-8";
inline constexpr std::string_view html = "text/html; charset=utf-8";
inline constexpr std::string_view metrics = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view text = "text/plain; charset=utf-8";
}  // namespace content_type

// An error for the client (RFC 9457). The router turns it into a page or into JSON.
struct problem_details {
    int status = 500;
    std::string detail;
    std::vector<core::field_error> errors{};
    std::string code{};  // "about:blank" becomes /problems/<code>
    std::optional<std::chrono::seconds> retry_after{};
};

// An answer that is made while it is sent: the next piece of its body, empty while there is none, nothing when that was
// all. Asked again and again, each time once what it gave before is sent, so a slow client makes it slow; it should
// answer within a second or so, since between two pieces is seen whether the client is still there. It must not throw.
using piece_source = std::function<core::awaitable<std::optional<std::string>>()>;

struct response {
    struct header {
        std::string_view name;  // a literal
        std::string value;
    };

    int status = 200;
    std::string_view content_type{};  // a literal
    std::string body{};
    std::string_view file{};  // sent instead of `body`; lives as long as the program
    piece_source pieces{};    // sent instead of both, until the connection ends; the request lives as long
    std::vector<header> headers{};
    std::string_view cache_control = "no-store";  // a literal
    std::string_view referrer_policy = "same-origin";
    std::optional<problem_details> trouble{};

    response& with(std::string_view name, std::string value) &;
    response&& with(std::string_view name, std::string value) &&;
};

// "Not Found"; "Unknown" for a number that has no name.
[[nodiscard]] std::string_view reason_phrase(int status);

[[nodiscard]] response json(int status, const nlohmann::ordered_json& body);
[[nodiscard]] response html(int status, std::string body);
[[nodiscard]] response empty(int status);
// `location` must be a local path or a URL made by this program: never what a client sent (see local_path).
[[nodiscard]] response redirect(std::string location);

[[nodiscard]] response problem(int status, std::string detail);
[[nodiscard]] response problem(const core::error& error);
// Drops the fields and detail only a log should see; never throws on bad UTF-8.
[[nodiscard]] std::string to_json(const problem_details& trouble, std::string_view trace_id);

}  // namespace web
