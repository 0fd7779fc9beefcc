#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace email {

// What is wrong with a file of a mail template, each as FILE:LINE: and a sentence. `known`: the values that it may
// show.
//
// In HTML each value has to stand where escaping makes it safe: in text, or in an attribute that is neither a style nor
// a script, and in an address only what is an address (mail_kinds.hpp). Quotation marks around attributes are put where
// they lack when the mail is composed.
[[nodiscard]] std::vector<std::string> check_template(std::string_view file, std::string_view text,
                                                      std::span<const std::string_view> known);

}  // namespace email
