#pragma once

#include <email/settings.hpp>
#include <string>
#include <vector>

namespace email {

struct checked_server {
    std::string name;     // without the account
    std::string trouble;  // what went wrong, with the server's words; empty: it takes mails
};

// Says hello to each server that mails may go to: name, TCP, TLS, account, and one command that does nothing. No mail
// is sent. Blocks, each time for at most `limit`. Empty when all mails are kept here.
[[nodiscard]] std::vector<checked_server> check_servers(settings settings, std::chrono::milliseconds limit);

}  // namespace email
