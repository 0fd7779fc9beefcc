#include "running_board.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <system_error>

namespace bus {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, int reason) {
    throw std::system_error{reason, std::generic_category(), file.string()};
}

class descriptor {
public:
    explicit descriptor(int number) : number_{number} {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

}  // namespace

running_board::running_board(const std::filesystem::path& file, std::size_t places) {
    const descriptor opened{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (opened.number() < 0) fail(file, errno);
    struct stat facts{};
    if (::fstat(opened.number(), &facts) != 0) fail(file, errno);
    const auto known = static_cast<std::size_t>(facts.st_size) / sizeof(place);
    // All that is in the file may be left from a process that died.
    const auto count = known + places;
    const auto bytes = count * sizeof(place);
    // Real blocks: a store into a hole of a full disk would end the process.
    if (const int reason = ::posix_fallocate(opened.number(), 0, static_cast<off_t>(bytes))) fail(file, reason);
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, opened.number(), 0);
    if (memory == MAP_FAILED) fail(file, errno);
    places_ = {static_cast<place*>(memory), count};
    take_over(places);
    if (const auto used = (free_.size() + left_.size()) * sizeof(place);
        ::ftruncate(opened.number(), static_cast<off_t>(used)) != 0)
        fail(file, errno);
}

// Moves what was left to the front, so that the file need not grow from start to start.
void running_board::take_over(std::size_t room) {
    const auto left = static_cast<std::size_t>(
        std::ranges::partition(places_, [](const place& one) { return one.sequence != 0; }).begin() - places_.begin());
    for (std::size_t index = 0; index < left; ++index) left_.push_back(index);
    for (std::size_t index = left + room; index-- > left;) free_.push_back(index);
}

running_board::~running_board() { ::munmap(places_.data(), places_.size_bytes()); }

std::uint64_t running_board::line_of(std::string_view handler, std::string_view log) {
    // FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto add = [&hash](std::string_view text) {
        for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
        hash = (hash ^ 0xffU) * 0x100000001b3U;
    };
    add(handler);
    add(log);
    return hash;
}

std::vector<running_board::place> running_board::left_behind(std::uint64_t line) const {
    std::vector<place> left;
    for (const auto index : left_)
        if (places_[index].line == line) left.push_back(places_[index]);
    return left;
}

void running_board::forget(const place& left) {
    std::erase_if(left_, [&](std::size_t index) {
        auto& one = places_[index];
        if (one.line != left.line || one.epoch != left.epoch || one.sequence != left.sequence) return false;
        end(index);
        return true;
    });
}

std::size_t running_board::begin(std::uint64_t line, std::int64_t epoch, std::int64_t sequence) {
    assert(!free_.empty());
    const auto index = free_.back();
    free_.pop_back();
    auto& place = places_[index];
    place.line = line;
    place.epoch = epoch;
    // The sequence makes the place count, so it comes last; the death of a process keeps the order of its stores.
    std::atomic_signal_fence(std::memory_order_release);
    place.sequence = sequence;
    return index;
}

void running_board::end(std::size_t index) {
    places_[index].sequence = 0;
    free_.push_back(index);
}

}  // namespace bus
