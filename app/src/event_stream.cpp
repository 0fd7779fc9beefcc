#include "event_stream.hpp"

namespace app {

bool event_stream::put(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        line_ += bytes.substr(0, end);
        if (end == std::string_view::npos) return true;
        bytes.remove_prefix(end + 1);
        const auto line = std::exchange(line_, {});
        if (!take_line(line)) return false;
    }
    return true;
}

// A comment has no name before its colon. An event ends with an empty line; one without data is none.
bool event_stream::take_line(std::string_view line) {
    if (line.empty()) {
        const bool goes_on = !has_data_ || take_(present_);
        present_ = {.id = std::move(present_.id)};
        has_data_ = false;
        return goes_on;
    }
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "id") present_.id = value;
    if (name == "event") present_.type = value;
    if (name == "data") {
        if (has_data_) present_.data += '\n';
        present_.data += value;
        has_data_ = true;
    }
    return true;
}

}  // namespace app
