#include "smtp_client.hpp"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "curl_session.hpp"
#include "smtp_server.hpp"

namespace email {
namespace {

// libcurl writes to sockets through OpenSSL, which knows no MSG_NOSIGNAL.
void block_sigpipe() {
    thread_local const bool blocked = [] {
        sigset_t pipe;
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        return ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr) == 0;
    }();
    static_cast<void>(blocked);
}

void require_plain_address(std::string_view address) {
    const bool is_plain = !address.empty() && std::ranges::none_of(address, [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>';
    });
    if (!is_plain) throw std::invalid_argument{"an address of a mail contains what could end its command"};
}

}  // namespace

smtp_client::smtp_client(const settings& settings, const smtp_server& server, const std::atomic<bool>& abort,
                         core::metrics& metrics)
    : settings_{settings},
      server_{server},
      abort_{abort},
      attempt_time_{metrics.add_histogram(
          "busbar_email_smtp_attempt_seconds", "How long attempts to hand over a mail took, whatever came of them.",
          {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}, {{"server", url_of(server)}})},
      connections_{metrics.add_gauge("busbar_email_smtp_connections",
                                     "Connections to the mail server that are being opened, used or kept for the next "
                                     "mail.",
                                     {{"server", url_of(server)}})} {}

smtp_client::~smtp_client() = default;

smtp_attempt smtp_client::send(const envelope& envelope, std::string_view message,
                               const content_permission& may_go_out) {
    require_plain_address(envelope.from);
    for (const auto& address : envelope.to) require_plain_address(address);
    block_sigpipe();

    const bool is_kept = session_ && session_->has_sent();
    auto attempt = try_once(envelope, message, may_go_out);
    // A kept connection may have been closed by the server meanwhile, which shows only now and says nothing about this
    // mail.
    const bool was_stale = is_kept && !attempt.accepted && !attempt.interrupted &&
                           attempt.stage <= smtp_stage::sender &&
                           (attempt.reply_code == 0 || attempt.reply_code == 421);
    if (was_stale) attempt = try_once(envelope, message, may_go_out);
    attempt_time_.Observe(std::chrono::duration<double>(attempt.took).count());
    return attempt;
}

smtp_attempt smtp_client::try_once(const envelope& envelope, std::string_view message,
                                   const content_permission& may_go_out) {
    if (!session_) session_ = std::make_unique<curl_session>(settings_, server_, abort_, connections_);
    auto attempt = session_->send(envelope, message, may_go_out);
    if (!attempt.accepted) session_.reset();
    return attempt;
}

void smtp_client::close() {
    block_sigpipe();
    session_.reset();
}

}  // namespace email
