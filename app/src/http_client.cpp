#include "http_client.hpp"

#include <curl/curl.h>

#include <memory>

namespace app {
namespace {

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text) {
    static_cast<std::string*>(text)->append(bytes, size * count);
    return size * count;
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
    curl_easy_reset(handle);  // all but the connection
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, request.public_key_pin.empty() ? "http" : "https");
    if (!request.public_key_pin.empty()) expect_server(handle, request.public_key_pin);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.all());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &result.text);
    if (request.method == "POST") {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    } else if (request.method != "GET") {
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    const auto code = curl_easy_perform(handle);
    if (code != CURLE_OK) return {0, request.url + ": " + curl_easy_strerror(code)};
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
