#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace app {

struct collector_answer {
    long status = 0;     // 0: none came
    std::string text{};  // the body, 64 KiB of it at most; or why there is none
    std::optional<std::chrono::seconds> retry_after{};
};

// Posts protocol buffers to one address, past any proxy; the connection is kept for the next. Certificates are checked.
// One thread; post() blocks.
class collector_connection {
public:
    // `abort` breaks off a post that is under way, within a second. It outlives the connection.
    collector_connection(std::string url, std::string user_agent, std::atomic<bool>& abort);
    [[nodiscard]] collector_answer post(const std::string& body, std::chrono::milliseconds limit);

private:
    const std::string url_;
    const std::string user_agent_;
    std::atomic<bool>& abort_;
    std::unique_ptr<void, void (*)(void*)> handle_;
};

}  // namespace app
