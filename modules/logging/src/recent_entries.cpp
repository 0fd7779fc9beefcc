#include "recent_entries.hpp"

namespace logging {
namespace {

constexpr std::size_t most_at_once = 256;
constexpr std::int64_t most_bytes_at_once = 256 * 1024;

}  // namespace

void recent_entries::add(std::span<const entries::stored> stored) {
    for (const auto& one : stored) {
        kept_.push_back({one.id, bytes_});
        bytes_ += one.bytes;
    }
    while (kept_.size() > most_) {
        kept_.pop_front();
        ++first_;
    }
}

std::int64_t recent_entries::bytes_before(std::int64_t position) const {
    return position == end() ? bytes_ : kept_[static_cast<std::size_t>(position - first_)].bytes_before;
}

std::int64_t recent_entries::bytes_since(std::int64_t position) const { return bytes_ - bytes_before(position); }

recent_entries::some recent_entries::since(std::int64_t position) const {
    some found{{}, position};
    const auto begin = bytes_before(position);
    while (found.end < end() && found.ids.size() < most_at_once) {
        if (!found.ids.empty() && bytes_before(found.end + 1) - begin > most_bytes_at_once) break;
        found.ids.push_back(kept_[static_cast<std::size_t>(found.end - first_)].id);
        ++found.end;
    }
    return found;
}

}  // namespace logging
