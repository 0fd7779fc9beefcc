#pragma once

#include <config/settings.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_client.hpp"

namespace app {

// The admin API of the server that serves this data directory, for the commands that ask it. Address and token are read
// for each request, so that a server that was started again is found; the connection is kept.
class admin_api {
public:
    using query = std::vector<std::pair<std::string, std::string>>;  // empty values are left out

    struct refusal {
        long status = 0;     // 0: nobody answered
        std::string reason;  // for the person at the terminal
    };
    using answer = std::expected<nlohmann::ordered_json, refusal>;  // null for an answer without a body

    // For what is not JSON.
    struct message {
        const char* method = "GET";
        std::string path{};
        std::string body{};
        std::string content_type{};
        std::string idempotency_key{};
        std::string last_event_id{};
        std::function<bool(std::string_view)> take{};  // see http_request
    };

    explicit admin_api(const config::settings& settings) : settings_{settings} {}

    // What was answered, of any status. The refusal: nobody did, or the token cannot be read.
    [[nodiscard]] std::expected<http_answer, refusal> send(message message) const;

    [[nodiscard]] answer get(const std::string& path, const query& query = {}) const;
    [[nodiscard]] answer post(const std::string& path, const std::optional<nlohmann::ordered_json>& body) const;
    [[nodiscard]] answer put(const std::string& path, const nlohmann::ordered_json& body) const;
    [[nodiscard]] answer remove(const std::string& path) const;

    [[nodiscard]] static std::string target(const std::string& path, const query& query);

private:
    [[nodiscard]] answer ask(const char* method, const std::string& path, std::optional<std::string> body) const;

    const config::settings& settings_;
    std::unique_ptr<http_client> client_ = std::make_unique<http_client>();
};

// The detail of problem+json, and what is wrong with each field.
[[nodiscard]] std::string reason_in(const http_answer& answer);

// What was answered. Throws core::fatal_error: unavailable when nobody did, else no.
[[nodiscard]] nlohmann::ordered_json value_of(admin_api::answer answer);

}  // namespace app
