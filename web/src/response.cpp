#include <nlohmann/json.hpp>
#include <web/response.hpp>

namespace web {
namespace {

constexpr auto retry_soon = std::chrono::seconds{1};

int status_of(core::error_kind kind) {
    switch (kind) {
        case core::error_kind::invalid:
            return 422;
        case core::error_kind::not_found:
            return 404;
        case core::error_kind::conflict:
            return 409;
        case core::error_kind::denied:
            return 403;
        case core::error_kind::unauthenticated:
            return 401;
        case core::error_kind::gone:
            return 410;
        case core::error_kind::precondition_failed:
            return 412;
        case core::error_kind::no_handler:
        case core::error_kind::overloaded:
        case core::error_kind::timed_out:
            return 503;
        case core::error_kind::limited:
            return 429;
        case core::error_kind::storage_full:
            return 507;
        case core::error_kind::remote:
            return 500;
    }
    return 500;
}

std::string dump(const nlohmann::ordered_json& value) {
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

response& response::with(std::string_view name, std::string value) & {
    headers.push_back({name, std::move(value)});
    return *this;
}

response&& response::with(std::string_view name, std::string value) && {
    headers.push_back({name, std::move(value)});
    return std::move(*this);
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

response json(int status, const nlohmann::ordered_json& body) {
    return {.status = status, .content_type = content_type::json, .body = dump(body)};
}

response html(int status, std::string body) {
    return {.status = status, .content_type = content_type::html, .body = std::move(body)};
}

response empty(int status) { return {.status = status}; }

response redirect(std::string location) { return response{.status = 303}.with("Location", std::move(location)); }

response problem(int status, std::string detail) {
    return {.status = status, .trouble = problem_details{.status = status, .detail = std::move(detail)}};
}

response problem(const core::error& error) {
    const int status = status_of(error.kind);
    problem_details details{.status = status, .detail = error.detail, .errors = error.fields, .code = error.code};
    details.retry_after = error.retry_after;
    if (status == 503) details.retry_after = retry_soon;
    // What went wrong inside is for the log, which has it under the same trace id.
    if (status == 500)
        details.detail = "Something went wrong on our side. The log has the details under this trace id.";
    return {.status = status, .trouble = std::move(details)};
}

std::string to_json(const problem_details& trouble, std::string_view trace_id) {
    nlohmann::ordered_json body;
    body["type"] = trouble.code.empty() ? std::string{"about:blank"} : "/problems/" + trouble.code;
    body["title"] = reason_phrase(trouble.status);
    body["status"] = trouble.status;
    body["detail"] = trouble.detail;
    body["trace_id"] = trace_id;
    if (trouble.status == 422) {
        auto& errors = body["errors"] = nlohmann::ordered_json::array();
        for (const auto& [name, detail] : trouble.errors) errors.push_back({{"field", name}, {"detail", detail}});
    }
    return dump(body);
}

}  // namespace web
