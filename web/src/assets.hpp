#pragma once

#include <string>
#include <string_view>
#include <web/router.hpp>

namespace web {

// A file of assets/, compiled in.
struct asset {
    std::string_view name;
    std::string_view content;
    std::string_view type;  // Content-Type
    std::string version;    // changes with the content
};

// nullptr when there is none of that name.
[[nodiscard]] const asset* find_asset(std::string_view name);

// Whether If-None-Match names this entity tag (RFC 9110, section 13.1.2).
[[nodiscard]] bool matches_etag(std::string_view if_none_match, std::string_view etag);

// GET /assets/{name}
void add_assets(router& router);

}  // namespace web
