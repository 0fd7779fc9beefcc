#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace email {

// HTML of somebody else as what a mail may have (html_policy), or a sentence on why that cannot be made of it.
//
// It is read as a browser reads it and written anew, and nothing else is written than allowed elements, checked
// attributes and escaped text: there is no raw text, no foreign content and no comment, so that nothing can come out of
// it when it is read by other rules. An element that is unknown goes, what it encloses stays. What comes out comes out
// again unchanged when it goes in. Any thread; some milliseconds for a large mail, 1 s for one that was made to be
// slow.
[[nodiscard]] std::expected<std::string, std::string> sanitise_html(std::string_view html);

}  // namespace email
