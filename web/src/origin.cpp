#include "origin.hpp"

#include "text.hpp"

namespace web {

namespace {

// What browsers take for this very machine.
bool is_loopback_name(std::string_view host) {
    const auto name = to_lower(host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':')));
    return name == "localhost" || name == "[::1]" ||
           (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

bool is_safe_method(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

bool comes_from_own_page(const request& request, std::string_view own_origin) {
    if (request.has_header("sec-fetch-site"))
        return equals_ignoring_case(request.header("sec-fetch-site"), "same-origin");
    if (!request.has_header("origin")) return true;
    const auto origin = request.header("origin");
    if (!own_origin.empty() && equals_ignoring_case(origin, own_origin)) return true;
    // The Host was checked to be one of ours before.
    const auto scheme = origin.find("://");
    if (scheme == std::string_view::npos || request.host.empty()) return false;
    return equals_ignoring_case(origin.substr(0, scheme), request.is_encrypted ? "https" : "http") &&
           equals_ignoring_case(origin.substr(scheme + 3), request.host);
}

bool keeps_secure_cookies(const request& request, std::string_view own_origin) {
    if (request.is_encrypted || is_loopback_name(request.host)) return true;
    constexpr std::string_view https = "https://";
    return own_origin.starts_with(https) && equals_ignoring_case(own_origin.substr(https.size()), request.host);
}

}  // namespace web
