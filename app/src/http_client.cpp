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

}  // namespace

http_answer send(const http_request& request) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{curl_easy_init(), &curl_easy_cleanup};
    http_answer result;
    header_list headers;
    if (!request.token.empty()) headers.add("Authorization: Bearer " + request.token);
    if (request.json) headers.add("Content-Type: application/json");
    curl_easy_setopt(handle.get(), CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, request.public_key_pin.empty() ? "http" : "https");
    if (!request.public_key_pin.empty()) expect_server(handle.get(), request.public_key_pin);
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.all());
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &result.text);
    if (request.method == "POST") {
        const std::string body = request.json.value_or("");
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        curl_easy_setopt(handle.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
    } else if (request.method != "GET") {
        curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    const auto code = curl_easy_perform(handle.get());
    if (code != CURLE_OK) return {0, request.url + ": " + curl_easy_strerror(code)};
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &result.status);
    return result;
}

std::string percent_encoded(std::string_view text) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{curl_easy_init(), &curl_easy_cleanup};
    const std::unique_ptr<char, decltype(&curl_free)> encoded{
        curl_easy_escape(handle.get(), text.data(), static_cast<int>(text.size())), &curl_free};
    return encoded.get();
}

}  // namespace app
