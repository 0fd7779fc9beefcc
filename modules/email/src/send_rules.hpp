#pragma once

#include <core/error.hpp>
#include <cstddef>
#include <email/messages.hpp>
#include <vector>

#include "mail.hpp"

namespace email {

// The receivers of a request to send, each once, or what is wrong with its fields. `largest`: bytes of text and HTML
// together.
[[nodiscard]] core::result<std::vector<recipient>> check(const send_email& request, std::size_t largest);

[[nodiscard]] core::result<void> check(const search_emails& request);

}  // namespace email
