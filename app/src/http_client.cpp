#include "http_client.hpp"

#include <curl/curl.h>

#include <memory>

namespace app {
namespace {

// Where the body of an answer goes.
struct body_target {
    CURL* handle;
    const http_request& request;
    http_answer& answer;

    [[nodiscard]] bool is_taken() const {
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        return request.take && status == 200;
    }
};

// Another number than it was given ends the transfer.
std::size_t take(char* bytes, std::size_t size, std::size_t count, void* target) {
    const auto& body = *static_cast<body_target*>(target);
    const std::string_view piece{bytes, size * count};
    if (body.is_taken()) return body.request.take(piece) ? piece.size() : piece.size() + 1;
    body.answer.text += piece;
    return piece.size();
}

// What is taken as it comes may come seldom.
void limit_time(CURL* handle, const http_request& request) {
    const auto option = request.take ? CURLOPT_CONNECTTIMEOUT_MS : CURLOPT_TIMEOUT_MS;
    curl_easy_setopt(handle, option, static_cast<long>(request.timeout.count()));
}

class header_list {
public:
    header_list() = default;
    header_list(const header_list&) = delete;
    header_list& operator=(const header_list&) = delete;
    ~header_list() { curl_slist_free_all(all_); }
    void add(const std::string& line) { all_ = curl_slist_append(all_, line.c_str()); }
    [[nodiscard]] curl_slist* all() const noexcept { return all_; }

private:
    curl_slist* all_ = nullptr;
};

// The pin says more than a name and an authority could: it is this very server.
void expect_server(CURL* handle, const std::string& public_key_pin) {
    curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, public_key_pin.c_str());
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
}

void read_fields(CURL* handle, http_answer& answer) {
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t seconds = 0;
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) answer.retry_after = std::chrono::seconds{seconds};
    curl_header* link = nullptr;
    if (curl_easy_header(handle, "Link", 0, CURLH_HEADER, -1, &link) == CURLHE_OK) answer.link = link->value;
}

}  // namespace

http_client::http_client() : handle_{curl_easy_init(), &curl_easy_cleanup} {}

http_answer http_client::send(const http_request& request) {
    auto* const handle = handle_.get();
    http_answer result;
    header_list headers;
    if (!request.token.empty()) headers.add("Authorization: Bearer " + request.token);
    if (!request.content_type.empty()) headers.add("Content-Type: " + request.content_type);
    if (!request.idempotency_key.empty()) headers.add("Idempotency-Key: " + request.idempotency_key);
    if (!request.last_event_id.empty()) headers.add("Last-Event-ID: " + request.last_event_id);
    body_target target{handle, request, result};
    curl_easy_reset(handle);  // all but the connection
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, request.public_key_pin.empty() ? "http" : "https");
    if (!request.public_key_pin.empty()) expect_server(handle, request.public_key_pin);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    limit_time(handle, request);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.all());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &target);
    if (request.method == "POST" || !request.body.empty()) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method != "GET" && request.method != "POST")
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    const auto code = curl_easy_perform(handle);
    const bool is_enough = code == CURLE_WRITE_ERROR && request.take;
    if (code != CURLE_OK && !is_enough) return {0, request.url + ": " + curl_easy_strerror(code)};
    read_fields(handle, result);
    return result;
}

http_answer send(const http_request& request) { return http_client{}.send(request); }

std::string percent_encoded(std::string_view text) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{curl_easy_init(), &curl_easy_cleanup};
    const std::unique_ptr<char, decltype(&curl_free)> encoded{
        curl_easy_escape(handle.get(), text.data(), static_cast<int>(text.size())), &curl_free};
    return encoded.get();
}

}  // namespace app
