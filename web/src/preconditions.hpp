#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <web/request.hpp>

// What a client says about the version that it knows (RFC 9110, sections 8.8.3 and 13.1).
namespace web {

[[nodiscard]] std::string etag_of(std::int64_t version);

// The versions in If-Match, by strong comparison: a weak tag, or one that is none of ours, is no version, and so
// matches nothing. None when there is no such header, or when it says *: then any is right.
[[nodiscard]] std::optional<std::vector<std::int64_t>> versions_to_match(const request& request);

}  // namespace web
