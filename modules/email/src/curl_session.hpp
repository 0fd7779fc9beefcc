#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <chrono>
#include <core/metrics.hpp>
#include <cstddef>
#include <email/settings.hpp>
#include <string_view>

#include "envelope.hpp"
#include "mail_carrier.hpp"
#include "smtp_dialogue.hpp"
#include "smtp_outcome.hpp"

namespace email {

// A libcurl handle for one mail server, with what its callbacks need. Good until its first error. One thread at a time.
class curl_session {
public:
    // `connections`: has one more as long as this lives.
    curl_session(const settings& settings, const smtp_server& server, const std::atomic<bool>& abort,
                 core::gauge& connections);
    curl_session(const curl_session&) = delete;
    curl_session& operator=(const curl_session&) = delete;
    // Says QUIT and closes, without waiting for the server.
    ~curl_session();

    [[nodiscard]] smtp_attempt send(const envelope& envelope, std::string_view message,
                                    const content_permission& may_go_out);

    // Connects and signs in, and sends a command that does nothing. What went wrong; empty when nothing did.
    [[nodiscard]] std::string find_trouble();

    // It has a connection that a mail went over.
    [[nodiscard]] bool has_sent() const noexcept { return has_sent_; }

private:
    template <class Value>
    void set(CURLoption option, Value value);
    void set_server(const smtp_server& server);
    void set_limits();
    void set_callbacks();
    // False once it is known that the content of this mail may not go out.
    [[nodiscard]] bool may_go_on();
    [[nodiscard]] bool is_permitted();
    void set_reply_limit(std::chrono::milliseconds limit);
    [[nodiscard]] std::string what_happened(CURLcode result) const;

    static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self);
    static std::size_t reply_line(char* line, std::size_t size, std::size_t count, void* self);
    static int debug(CURL* handle, curl_infotype type, char* data, std::size_t size, void* self);
    static int progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

    const settings& settings_;
    const std::atomic<bool>& abort_;
    const core::counted counted_;
    CURL* handle_ = nullptr;
    smtp_dialogue dialogue_;
    std::string_view rest_;          // of the message that is being sent
    std::size_t size_ = 0;           // of all of it
    content_permission may_go_out_;  // until it was asked
    std::size_t recipients_ = 0;
    bool is_refused_ = false;
    std::array<char, CURL_ERROR_SIZE> error_{};
    bool has_sent_ = false;
};

}  // namespace email
