#pragma once

#include <optional>
#include <string>
#include <string_view>

// What HTML of others may be made of, after the policy of bluemonday for content of users (UGCPolicy). Less than there:
// no id, no image maps, no relative links, since nothing in a mail is there to be linked to; more: images within the
// HTML itself (data:), and the frame and spacing of tables, which mails are laid out with.
namespace email::html_policy {

[[nodiscard]] bool allows(std::string_view element);
// Whether what it encloses is nothing to read either: scripts, styles, frames, drawings.
[[nodiscard]] bool drops_content(std::string_view element);
// The value to write; nothing when the attribute has to go.
[[nodiscard]] std::optional<std::string> allowed_value(std::string_view element, std::string_view attribute,
                                                       std::string_view value);

}  // namespace email::html_policy
