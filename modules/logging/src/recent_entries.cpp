#include "recent_entries.hpp"

namespace logging {
namespace {

constexpr std::size_t most_at_once = 256;
constexpr std::int64_t most_bytes_at_once = 256 * 1024;

}  // namespace

void recent_entries::add(std::span<const entries::stored> stored) {
    for (const auto& one : stored) {
        kept_.push_back(one);
        bytes_ += one.bytes;
    }
    while (kept_.size() > most_.entries || (bytes_ > most_.bytes && kept_.size() > 1)) {
        bytes_ -= kept_.front().bytes;
        kept_.pop_front();
        ++first_;
    }
}

recent_entries::some recent_entries::since(std::int64_t position) const {
    some found{{}, position};
    std::int64_t bytes = 0;
    for (; found.end < end() && found.ids.size() < most_at_once; ++found.end) {
        const auto& next = kept_[static_cast<std::size_t>(found.end - first_)];
        bytes += next.bytes;
        if (bytes > most_bytes_at_once && !found.ids.empty()) break;
        found.ids.push_back(next.id);
    }
    return found;
}

}  // namespace logging
