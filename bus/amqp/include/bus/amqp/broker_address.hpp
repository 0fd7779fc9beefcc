#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace bus::amqp {

// Where the broker is, and who we are there.
struct broker_address {
    bool has_tls = false;  // amqps: the certificate is checked, and that it is the host's
    std::string host;
    std::uint16_t port = 5672;
    std::string user = "guest";
    std::string password = "guest";  // a secret
    std::string virtual_host = "/";
    std::filesystem::path ca_file{};           // PEM; empty: the authorities of the system
    std::filesystem::path certificate_file{};  // PEM, of the client; empty: none is shown
    std::filesystem::path key_file{};          // PEM, of that certificate
};

}  // namespace bus::amqp
