#pragma once

#include <string>
#include <web/request.hpp>

namespace web {

// What a person may know a session by: "Firefox on Linux, 192.0.2.7". Plain ASCII, at most 100 characters.
[[nodiscard]] std::string client_name(const request& request);

}  // namespace web
