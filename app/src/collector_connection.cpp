#include "collector_connection.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <utility>

namespace app {
namespace {

constexpr std::size_t largest_answer = std::size_t{64} * 1024;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text) {
    auto& body = *static_cast<std::string*>(text);
    body.append(bytes, std::min(size * count, largest_answer - std::min(largest_answer, body.size())));
    return size * count;
}

int is_aborted(void* abort, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(abort)->load() ? 1 : 0;
}

}  // namespace

collector_connection::collector_connection(std::string url, std::string user_agent, std::atomic<bool>& abort)
    : url_{std::move(url)},
      user_agent_{std::move(user_agent)},
      abort_{abort},
      handle_{curl_easy_init(), &curl_easy_cleanup} {}

collector_answer collector_connection::post(const std::string& body, std::chrono::milliseconds limit) {
    auto* const handle = handle_.get();
    collector_answer answer;
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers{
        curl_slist_append(nullptr, "Content-Type: application/x-protobuf"), &curl_slist_free_all};
    curl_easy_reset(handle);  // all but the connection
    curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_USERAGENT, user_agent_.c_str());
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &is_aborted);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &abort_);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.text);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
    const auto code = curl_easy_perform(handle);
    if (code != CURLE_OK) return {0, curl_easy_strerror(code)};
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t seconds = 0;
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) answer.retry_after = std::chrono::seconds{seconds};
    return answer;
}

}  // namespace app
