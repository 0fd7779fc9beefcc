#pragma once

#include <string_view>
#include <web/request.hpp>

namespace web {

// Whether a request that changes something comes from a page of ours, or from no page at all: Sec-Fetch-Site where the
// browser sends it, else Origin. A request with neither (curl, other programs) passes; forms have their token besides.
[[nodiscard]] bool comes_from_own_page(const request& request, std::string_view own_origin);

// Whether a browser keeps a cookie with Secure that this answer sets: the request came over TLS, ours or that of a
// proxy in front (which the public URL tells), or from this very machine.
[[nodiscard]] bool keeps_secure_cookies(const request& request, std::string_view own_origin);

// GET, HEAD, OPTIONS: nothing changes.
[[nodiscard]] bool is_safe_method(std::string_view method);

}  // namespace web
