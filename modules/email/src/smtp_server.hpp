#pragma once

#include <email/settings.hpp>
#include <string>

namespace email {

// What is sent there stays on this machine, so it may go in clear.
[[nodiscard]] bool is_loopback(const smtp_server& server);

// For libcurl, and for logs: without the account.
[[nodiscard]] std::string url_of(const smtp_server& server);

// What people and the queue know it by: two accounts of one host are two servers.
[[nodiscard]] std::string name_of(const smtp_server& server);

}  // namespace email
