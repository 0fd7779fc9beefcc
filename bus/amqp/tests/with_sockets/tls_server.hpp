#pragma once

#include <bus/amqp/broker_address.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>

namespace bus::amqp::test {

// Speaks TLS to one client after the other and passes on what they say to the broker of the tests. Its certificate is
// for one host and signed by itself, and lies in a file as the authority to trust.
class tls_server {
public:
    struct settings {
        std::string subject_alternative_name;  // as OpenSSL writes it: "IP:127.0.0.1", "DNS:localhost"
        int newest_version;                    // TLS1_1_VERSION, …
    };

    explicit tls_server(const settings& settings);
    tls_server(const tls_server&) = delete;
    tls_server& operator=(const tls_server&) = delete;
    ~tls_server();

    // The broker, as it is reached through the server by this name.
    [[nodiscard]] broker_address address(const std::string& host) const;
    [[nodiscard]] const std::filesystem::path& certificate_file() const { return certificate_file_; }

private:
    struct state;

    void work();
    void serve(int client);

    const broker_address broker_;
    std::filesystem::path folder_;
    std::filesystem::path certificate_file_;
    int listener_ = -1;
    int over_ = -1;
    std::uint16_t port_ = 0;
    std::unique_ptr<state> state_;
    std::thread thread_;
};

}  // namespace bus::amqp::test
