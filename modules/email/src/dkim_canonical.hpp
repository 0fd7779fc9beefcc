#pragma once

#include <string>
#include <string_view>
#include <vector>

// A message as DKIM sees it: the "relaxed" forms of RFC 6376, section 3.4, which survive servers that fold lines anew
// and change white space. Any thread.
namespace email {

// The fields of a message in their order, each with its folded lines and its last CRLF.
[[nodiscard]] std::vector<std::string_view> fields_of(std::string_view message);
[[nodiscard]] std::string_view body_of(std::string_view message);
[[nodiscard]] std::string_view name_of(std::string_view field);
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

// Without its last CRLF.
[[nodiscard]] std::string relaxed_field(std::string_view field);
[[nodiscard]] std::string relaxed_body(std::string_view body);

}  // namespace email
