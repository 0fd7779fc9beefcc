#include "curl_session.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "smtp_server.hpp"

namespace email {
namespace {

constexpr std::chrono::seconds farewell_limit{2};

long whole_seconds(std::chrono::milliseconds duration) {
    return static_cast<long>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

void start_curl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error{"libcurl cannot be started"};
    });
}

struct free_list {
    void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using string_list = std::unique_ptr<curl_slist, free_list>;

string_list to_list(const std::vector<std::string>& texts) {
    string_list list;
    for (const auto& text : texts) {
        auto* longer = ::curl_slist_append(list.get(), text.c_str());
        if (longer == nullptr) throw std::bad_alloc{};
        if (!list) list.reset(longer);  // later calls give the same head again
    }
    return list;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// What libcurl asks for SMTPUTF8 for. Of the header it knows nothing.
bool needs_utf8(const envelope& envelope) {
    return !is_ascii(envelope.from) || !std::ranges::all_of(envelope.to, is_ascii);
}

}  // namespace

curl_session::curl_session(const settings& settings, const smtp_server& server, const std::atomic<bool>& abort,
                           core::gauge& connections)
    : settings_{settings}, abort_{abort}, counted_{connections} {
    start_curl();
    handle_ = ::curl_easy_init();
    if (handle_ == nullptr) throw std::bad_alloc{};
    set_server(server);
    set_limits();
    set_callbacks();
}

curl_session::~curl_session() {
    // QUIT goes out, and the wait for its reply ends at once: what we do not read any more looks like a closed
    // connection.
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (::curl_easy_getinfo(handle_, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD)
        ::shutdown(socket, SHUT_RD);
    ::curl_easy_cleanup(handle_);
}

smtp_attempt curl_session::send(const envelope& envelope, std::string_view message,
                                const content_permission& may_go_out) {
    const auto recipients = to_list(envelope.to);
    dialogue_.begin(needs_utf8(envelope));
    rest_ = message;
    size_ = message.size();
    may_go_out_ = may_go_out;
    recipients_ = envelope.to.size();
    is_refused_ = false;
    error_[0] = '\0';
    set(CURLOPT_MAIL_FROM, envelope.from.c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
    set_reply_limit(settings_.command_timeout);

    const auto began = std::chrono::steady_clock::now();
    const CURLcode result = ::curl_easy_perform(handle_);
    ::curl_easy_setopt(handle_, CURLOPT_MAIL_RCPT, nullptr);  // the list ends with this call
    smtp_attempt attempt{
        .accepted = result == CURLE_OK,
        .stage = dialogue_.stage(),
        .reply_code = dialogue_.reply_code(),
        .reply = {},
        .interrupted = result == CURLE_ABORTED_BY_CALLBACK || is_refused_,
        .recipients = dialogue_.recipients(),
        .took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)};
    has_sent_ = attempt.accepted;
    if (dialogue_.lacks_utf8()) attempt.reply_code = 553;  // RFC 6531, section 3.5
    attempt.reply = attempt.accepted ? dialogue_.reply() : what_happened(result);
    if (attempt.reply != dialogue_.reply()) dialogue_.note(attempt.reply);
    attempt.transcript = dialogue_.transcript();
    return attempt;
}

std::string curl_session::find_trouble() {
    dialogue_.begin(false);
    error_[0] = '\0';
    set(CURLOPT_UPLOAD, 0L);
    set(CURLOPT_NOBODY, 1L);
    set(CURLOPT_CUSTOMREQUEST, "NOOP");
    set_reply_limit(settings_.command_timeout);
    const CURLcode result = ::curl_easy_perform(handle_);
    return result == CURLE_OK ? std::string{} : what_happened(result);
}

std::string curl_session::what_happened(CURLcode result) const {
    if (dialogue_.lacks_utf8()) return "553 5.6.7 the server offers no SMTPUTF8, which an address of this mail needs";
    if (dialogue_.reply_code() >= 400) return dialogue_.reply();
    if (is_refused_) return "broken off before the content";
    if (result == CURLE_ABORTED_BY_CALLBACK)
        return dialogue_.stage() == smtp_stage::content && rest_.empty()
                   ? "possibly delivered: broken off before the server's word; it goes again with the same Message-ID"
                   : "broken off, since the senders are being stopped";
    if (dialogue_.is_excessive()) return "the server sent a reply longer than any needs to be";
    if (result == CURLE_USE_SSL_FAILED) return "the server offers no STARTTLS, and without it nothing is sent there";
    std::string text = error_[0] != '\0' ? error_.data() : ::curl_easy_strerror(result);
    // What libcurl says of an end where a reply should be; the errno in it is of something else.
    if (text.starts_with("response reading failed")) text = "the server closed the connection without a reply";
    long os_error = 0;
    ::curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &os_error);
    if (result == CURLE_COULDNT_CONNECT && os_error != 0)
        text += " (" + std::system_category().message(static_cast<int>(os_error)) + ")";
    if (!dialogue_.reply().empty() && dialogue_.stage() >= smtp_stage::sender)
        text += "; last reply: " + dialogue_.reply();
    return text;
}

template <class Value>
void curl_session::set(CURLoption option, Value value) {
    if (::curl_easy_setopt(handle_, option, value) != CURLE_OK)
        throw std::runtime_error{"libcurl refuses an option that it should know"};
}

void curl_session::set_server(const smtp_server& server) {
    set(CURLOPT_URL, url_of(server).c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");  // else a proxy of the environment would be used
    // On loopback nothing leaves the machine; everywhere else there is no mail, and no password, without TLS.
    set(CURLOPT_USE_SSL, static_cast<long>(is_loopback(server) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings_.ca_file.empty()) set(CURLOPT_CAINFO, settings_.ca_file.c_str());
    if (!server.user.empty()) {
        set(CURLOPT_USERNAME, server.user.c_str());
        set(CURLOPT_PASSWORD, server.password.c_str());
    }
}

void curl_session::set_limits() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.send_timeout.count()));
    set(CURLOPT_MAXCONNECTS, 1L);
    set(CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024);
}

void curl_session::set_callbacks() {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // libcurl's own spelling; with one recipient left the mail goes out
    set(CURLOPT_READFUNCTION, &curl_session::read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_HEADERFUNCTION, &curl_session::reply_line);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_DEBUGFUNCTION, &curl_session::debug);
    set(CURLOPT_DEBUGDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &curl_session::progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_ERRORBUFFER, error_.data());
}

void curl_session::set_reply_limit(std::chrono::milliseconds limit) {
    ::curl_easy_setopt(handle_, CURLOPT_SERVER_RESPONSE_TIMEOUT, whole_seconds(limit));
}

std::size_t curl_session::read(char* buffer, std::size_t size, std::size_t count, void* self) {
    auto& session = *static_cast<curl_session*>(self);
    // Asked by now, unless libcurl took a reply for the last that we did not.
    if (!session.is_permitted()) return CURL_READFUNC_ABORT;
    const auto length = std::min(size * count, session.rest_.size());
    std::memcpy(buffer, session.rest_.data(), length);
    session.rest_.remove_prefix(length);
    // The reply to the message may take as long as the server needs to scan and store it (RFC 5321,
    // section 4.5.3.2.6).
    if (session.rest_.empty() && length > 0) {
        session.set_reply_limit(session.settings_.send_timeout);
        session.dialogue_.sent_message(session.size_);
    }
    return length;
}

std::size_t curl_session::reply_line(char* line, std::size_t size, std::size_t count, void* self) {
    auto& session = *static_cast<curl_session*>(self);
    const bool goes_on = session.dialogue_.received({line, size * count}) && session.may_go_on();
    return goes_on ? size * count : 0;
}

// libcurl says DATA when it has the reply for the last recipient, so this is the last moment.
bool curl_session::may_go_on() { return !dialogue_.is_before_content(recipients_) || is_permitted(); }

bool curl_session::is_permitted() {
    if (may_go_out_) is_refused_ = !std::exchange(may_go_out_, {})();
    return !is_refused_;
}

int curl_session::debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    if (type != CURLINFO_HEADER_OUT) return 0;
    auto& session = *static_cast<curl_session*>(self);
    session.dialogue_.sent({data, size});
    // The answer to a farewell is worth no long wait.
    if (session.dialogue_.is_over()) session.set_reply_limit(farewell_limit);
    return 0;
}

int curl_session::progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<curl_session*>(self)->abort_.load(std::memory_order_relaxed) ? 1 : 0;
}

}  // namespace email
