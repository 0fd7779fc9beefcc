#include "admin_api.hpp"

#include <chrono>
#include <core/exit.hpp>

#include "admin_token.hpp"
#include "ready.hpp"

namespace app {
namespace {

constexpr std::chrono::seconds patience{30};  // the server has its own, shorter limits

}  // namespace

std::string reason_in(const http_answer& answer) {
    const auto problem = nlohmann::json::parse(answer.text, nullptr, false);
    if (!problem.is_object() || !problem.contains("detail"))
        return "the server answered with HTTP status " + std::to_string(answer.status);
    auto reason = problem.value("detail", "");
    for (const auto& error : problem.value("errors", nlohmann::json::array()))
        reason += "\n  " + error.value("field", "") + " " + error.value("detail", "");
    return reason;
}

std::expected<http_answer, admin_api::refusal> admin_api::send(message message) const {
    const auto start_it = "start it with: busbar serve --data " + settings_.data.dir.string();
    const auto server = read_serving_file(settings_.data.dir);
    if (!server)
        return std::unexpected{refusal{0, "no server runs on " + settings_.data.dir.string() + "; " + start_it}};
    admin_token token{settings_.data.dir};
    if (token.current().empty())
        return std::unexpected{refusal{401, "the admin token in " + settings_.data.dir.string() +
                                                " cannot be read; run this as the user who runs the server"}};
    auto answer = client_->send({.method = message.method,
                                 .url = server->admin + message.path,
                                 .public_key_pin = server->public_key_pin,
                                 .token = token.current(),
                                 .body = std::move(message.body),
                                 .content_type = std::move(message.content_type),
                                 .idempotency_key = std::move(message.idempotency_key),
                                 .last_event_id = std::move(message.last_event_id),
                                 .timeout = patience,
                                 .take = std::move(message.take)});
    if (answer.status == 0)
        return std::unexpected{refusal{0, "the server does not answer (" + answer.text + "); " + start_it}};
    return answer;
}

admin_api::answer admin_api::ask(const char* method, const std::string& path, std::optional<std::string> body) const {
    const std::string type = body ? "application/json" : "";
    const auto answer =
        send({.method = method, .path = path, .body = std::move(body).value_or(""), .content_type = type});
    if (!answer) return std::unexpected{answer.error()};
    if (answer->status >= 300) return std::unexpected{refusal{answer->status, reason_in(*answer)}};
    auto value =
        answer->text.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json::parse(answer->text, nullptr, false);
    if (value.is_discarded()) return std::unexpected{refusal{answer->status, "the server's answer cannot be read"}};
    return value;
}

std::string admin_api::target(const std::string& path, const query& query) {
    std::string target = path;
    for (const auto& [name, value] : query) {
        if (value.empty()) continue;
        target += target.size() == path.size() ? '?' : '&';
        target += name + "=" + percent_encoded(value);
    }
    return target;
}

admin_api::answer admin_api::get(const std::string& path, const query& query) const {
    return ask("GET", target(path, query), std::nullopt);
}

admin_api::answer admin_api::post(const std::string& path, const std::optional<nlohmann::ordered_json>& body) const {
    return ask("POST", path, body ? std::optional{body->dump()} : std::nullopt);
}

admin_api::answer admin_api::put(const std::string& path, const nlohmann::ordered_json& body) const {
    return ask("PUT", path, body.dump());
}

admin_api::answer admin_api::remove(const std::string& path) const { return ask("DELETE", path, std::nullopt); }

nlohmann::ordered_json value_of(admin_api::answer answer) {
    if (answer) return std::move(*answer);
    throw core::fatal_error{answer.error().status == 0 ? core::exit_code::unavailable : core::exit_code::no,
                            answer.error().reason};
}

}  // namespace app
