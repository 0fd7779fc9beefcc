#pragma once

#include <string>
#include <vector>

namespace email {

// What the server is told; the headers of the message are for people. Canonical addresses (core::email_address).
struct envelope {
    std::string from;
    std::vector<std::string> to;
};

}  // namespace email
