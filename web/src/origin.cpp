#include "origin.hpp"

#include "text.hpp"

namespace web {

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
    return equals_ignoring_case(origin.substr(0, scheme), "http") &&
           equals_ignoring_case(origin.substr(scheme + 3), request.host);
}

}  // namespace web
