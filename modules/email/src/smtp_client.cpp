#include "smtp_client.hpp"

#include "smtp_server.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <csignal>
#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>

namespace email {
namespace {

long whole_seconds(std::chrono::milliseconds duration) {
    return static_cast<long>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

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

void start_curl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error{"libcurl cannot be started"};
    });
}

void require_plain_address(std::string_view address) {
    const bool is_plain = !address.empty() && std::ranges::none_of(address, [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '<' || c == '>';
    });
    if (!is_plain) throw std::invalid_argument{"an address of a mail contains what could end its command"};
}

struct free_list {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

}  // namespace

// A libcurl handle with what its callbacks need.
struct smtp_client::session {
    session(const settings& settings, const std::atomic<bool>& abort_flag) : limits{settings}, abort{abort_flag} {
        start_curl();
        handle = ::curl_easy_init();
        if (handle == nullptr) throw std::bad_alloc{};
        set_server(*settings.server);
        set_limits();
        set_callbacks();
    }
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session() {
        // QUIT goes out, and the wait for its reply ends at once: what we do not read any more looks like a closed connection.
        curl_socket_t socket = CURL_SOCKET_BAD;
        if (::curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD)
            ::shutdown(socket, SHUT_RD);
        ::curl_easy_cleanup(handle);
    }

    template <class Value>
    void set(CURLoption option, Value value) {
        if (::curl_easy_setopt(handle, option, value) != CURLE_OK)
            throw std::runtime_error{"libcurl refuses an option that it should know"};
    }

    void set_server(const smtp_server& server) {
        set(CURLOPT_URL, url_of(server).c_str());
        set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        set(CURLOPT_PROXY, "");  // else a proxy of the environment would be used
        // On loopback nothing leaves the machine; everywhere else there is no mail, and no password, without TLS.
        set(CURLOPT_USE_SSL, static_cast<long>(is_loopback(server) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        if (!limits.ca_file.empty()) set(CURLOPT_CAINFO, limits.ca_file.c_str());
        if (!server.user.empty()) {
            set(CURLOPT_USERNAME, server.user.c_str());
            set(CURLOPT_PASSWORD, server.password.c_str());
        }
    }

    void set_limits() {
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.send_timeout.count()));
        set(CURLOPT_MAXCONNECTS, 1L);
        set(CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024);
    }

    void set_callbacks() {
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, &session::read);
        set(CURLOPT_READDATA, this);
        set(CURLOPT_HEADERFUNCTION, &session::reply_line);
        set(CURLOPT_HEADERDATA, this);
        set(CURLOPT_VERBOSE, 1L);
        set(CURLOPT_DEBUGFUNCTION, &session::debug);
        set(CURLOPT_DEBUGDATA, this);
        set(CURLOPT_NOPROGRESS, 0L);
        set(CURLOPT_XFERINFOFUNCTION, &session::progress);
        set(CURLOPT_XFERINFODATA, this);
        set(CURLOPT_ERRORBUFFER, error.data());
    }

    static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self) {
        auto& session = *static_cast<smtp_client::session*>(self);
        const auto length = std::min(size * count, session.rest.size());
        std::memcpy(buffer, session.rest.data(), length);
        session.rest.remove_prefix(length);
        // The reply to the message may take as long as the server needs to scan and store it (RFC 5321, section 4.5.3.2.6).
        if (session.rest.empty()) session.set_reply_limit(session.limits.send_timeout);
        return length;
    }

    static std::size_t reply_line(char* line, std::size_t size, std::size_t count, void* self) {
        const bool go_on = static_cast<session*>(self)->dialogue.received({line, size * count});
        return go_on ? size * count : 0;
    }

    static int debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
        if (type == CURLINFO_HEADER_OUT) static_cast<session*>(self)->dialogue.sent({data, size});
        return 0;
    }

    static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return static_cast<session*>(self)->abort.load(std::memory_order_relaxed) ? 1 : 0;
    }

    void set_reply_limit(std::chrono::milliseconds limit) {
        ::curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, whole_seconds(limit));
    }


    const settings& limits;
    const std::atomic<bool>& abort;
    CURL* handle = nullptr;
    smtp_dialogue dialogue;
    std::string_view rest;
    std::array<char, CURL_ERROR_SIZE> error{};
    bool has_sent = false;
};

namespace {

std::string what_happened(const smtp_dialogue& dialogue, CURLcode result, const char* detail) {
    if (dialogue.reply_code() >= 400) return dialogue.reply();
    if (dialogue.is_excessive()) return "the server sent a reply longer than any needs to be";
    if (result == CURLE_USE_SSL_FAILED) return "the server offers no STARTTLS, and without it nothing is sent there";
    std::string text = *detail != '\0' ? detail : ::curl_easy_strerror(result);
    if (dialogue.reply_code() != 0 && dialogue.stage() > smtp_stage::connecting) text += "; last reply: " + dialogue.reply();
    return text;
}

}  // namespace

smtp_client::smtp_client(const settings& settings, const std::atomic<bool>& abort) : settings_{settings}, abort_{abort} {
    assert(settings.server && "a client without a server");
}

smtp_client::~smtp_client() = default;

smtp_attempt smtp_client::send(const envelope& envelope, std::string_view message) {
    require_plain_address(envelope.from);
    for (const auto& address : envelope.to) require_plain_address(address);
    block_sigpipe();

    const bool may_be_stale = session_ && session_->has_sent;
    auto attempt = try_once(envelope, message);
    // A kept connection may have been closed by the server meanwhile, which shows only now and says nothing about this mail.
    const bool was_stale = may_be_stale && !session_ && !attempt.accepted && !attempt.interrupted &&
                           attempt.stage <= smtp_stage::sender && (attempt.reply_code == 0 || attempt.reply_code == 421);
    return was_stale ? try_once(envelope, message) : attempt;
}

smtp_attempt smtp_client::try_once(const envelope& envelope, std::string_view message) {
    if (!session_) session_ = std::make_unique<session>(settings_, abort_);
    auto& session = *session_;

    bool needs_utf8 = false;
    std::unique_ptr<curl_slist, free_list> recipients;
    for (const auto& address : envelope.to) {
        needs_utf8 = needs_utf8 || std::ranges::any_of(address, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        auto* longer = ::curl_slist_append(recipients.get(), address.c_str());
        if (longer == nullptr) throw std::bad_alloc{};
        static_cast<void>(recipients.release());
        recipients.reset(longer);
    }
    session.dialogue.begin(needs_utf8);
    session.rest = message;
    session.error[0] = '\0';
    session.set(CURLOPT_MAIL_FROM, envelope.from.c_str());
    session.set(CURLOPT_MAIL_RCPT, recipients.get());
    session.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
    session.set_reply_limit(settings_.command_timeout);

    const CURLcode result = ::curl_easy_perform(session.handle);
    const auto& dialogue = session.dialogue;
    smtp_attempt attempt{.accepted = result == CURLE_OK,
                         .stage = dialogue.stage(),
                         .reply_code = dialogue.reply_code(),
                         .reply = dialogue.reply(),
                         .interrupted = result == CURLE_ABORTED_BY_CALLBACK};
    if (attempt.accepted) {
        session.has_sent = true;
        ::curl_easy_setopt(session.handle, CURLOPT_MAIL_RCPT, nullptr);  // the list ends with this call
        return attempt;
    }
    if (dialogue.lacks_utf8()) {
        // The code that RFC 6531, section 3.5 gives for it.
        attempt.reply_code = 553;
        attempt.reply = "553 5.6.7 the server offers no SMTPUTF8, which an address of this mail needs";
    } else {
        attempt.reply = what_happened(dialogue, result, session.error.data());
    }
    session_.reset();
    return attempt;
}

void smtp_client::close() {
    block_sigpipe();
    session_.reset();
}

}  // namespace email
