#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace app {

// Server-Sent Events out of the bytes in which they come (WHATWG HTML, section 9.2.6); of their fields those that
// Busbar sends.
class event_stream {
public:
    struct event {
        std::string type{};  // empty: message
        std::string data{};
        std::string id{};  // of this one, or of the last before it that had one
    };
    // False when no more events are wanted.
    using listener = std::function<bool(const event&)>;

    explicit event_stream(listener take) : take_{std::move(take)} {}

    // False once the listener has said so.
    bool put(std::string_view bytes);
    [[nodiscard]] const std::string& last_id() const noexcept { return present_.id; }

private:
    bool take_line(std::string_view line);

    listener take_;
    std::string line_;
    event present_;
    bool has_data_ = false;
};

}  // namespace app
