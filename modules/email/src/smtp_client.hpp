#pragma once

#include <atomic>
#include <core/metrics.hpp>
#include <email/settings.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envelope.hpp"
#include "mail_carrier.hpp"
#include "smtp_outcome.hpp"

namespace email {

class curl_session;

// One connection to the mail server, kept from mail to mail as long as all goes well. Blocks: for a thread of a pool,
// one at a time.
//
// libcurl 7.88 does the protocol. After any error its handle is thrown away, connection and all: a timed-out connection
// would be used again, and its late reply taken for the next mail's. A handle serves one server, one TLS mode and one
// account for its life.
class smtp_client final : public mail_carrier {
public:
    // `abort` breaks off a conversation that is under way, within a second. The attempts and the
    // connection are counted for the server. All that is given outlives the client.
    smtp_client(const settings& settings, const smtp_server& server, const std::atomic<bool>& abort,
                core::metrics& metrics);
    ~smtp_client() override;

    // Dots are stuffed here. CR, LF, NUL and angle brackets could leave a command.
    [[nodiscard]] smtp_attempt send(const envelope& envelope, std::string_view message,
                                    const content_permission& may_go_out) override;

    // Says QUIT and closes, without waiting for the server.
    void close() override;

private:
    [[nodiscard]] smtp_attempt try_once(const envelope& envelope, std::string_view message,
                                        const content_permission& may_go_out);

    const settings& settings_;
    const smtp_server& server_;
    const std::atomic<bool>& abort_;
    core::histogram& attempt_time_;
    core::gauge& connections_;
    std::unique_ptr<curl_session> session_;
};

}  // namespace email
