#pragma once

#include <core/error.hpp>
#include <cstddef>
#include <email/messages.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mail.hpp"

namespace email {

struct checked_mail {
    std::vector<recipient> recipients{};  // each once
    std::string reply_to{};               // canonical; may be empty
    std::vector<attached_file> attachments{};
    std::optional<std::string> html{};  // as sanitise_html() leaves it
};

// What a request to send comes to, or what is wrong with its fields. `largest`: bytes of all attachments together. Any
// thread; HTML and attachments take their time.
[[nodiscard]] core::result<checked_mail> check(const send_email& request, std::size_t largest);

[[nodiscard]] core::result<void> check(const search_emails& request);

}  // namespace email
