#pragma once

#include <atomic>
#include <email/settings.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envelope.hpp"
#include "smtp_outcome.hpp"

namespace email {

class curl_session;

// One connection to the mail server, kept from mail to mail as long as all goes well. Blocks: for a thread of a pool,
// one at a time.
//
// libcurl 7.88 does the protocol. After any error its handle is thrown away, connection and all: a timed-out connection
// would be used again, and its late reply taken for the next mail's. A handle serves one server, one TLS mode and one
// account for its life.
class smtp_client {
public:
    // `abort` breaks off a conversation that is under way, within a second. Settings, server and flag outlive the
    // client.
    smtp_client(const settings& settings, const smtp_server& server, const std::atomic<bool>& abort);
    smtp_client(const smtp_client&) = delete;
    smtp_client& operator=(const smtp_client&) = delete;
    ~smtp_client();

    // Hands over one mail. `message` has CRLF line ends; dots are stuffed here. Throws std::invalid_argument for an
    // address that could leave its command (CR, LF, NUL, angle brackets), before anything is sent.
    [[nodiscard]] smtp_attempt send(const envelope& envelope, std::string_view message);

    // Says QUIT and closes, without waiting for the server.
    void close();

private:
    [[nodiscard]] smtp_attempt try_once(const envelope& envelope, std::string_view message);

    const settings& settings_;
    const smtp_server& server_;
    const std::atomic<bool>& abort_;
    std::unique_ptr<curl_session> session_;
};

}  // namespace email
