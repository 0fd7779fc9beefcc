#pragma once

#include <core/clock.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace app {

// Bytes that this user may still write where `folder` is; none when nobody can say.
[[nodiscard]] std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder);

// Whether the disk of the data has enough room left to take new work. What was taken needs some room to be finished,
// so the end comes before the disk is full. Asks the system at most once a second. Loop thread.
class disk_room {
public:
    using measure = std::function<std::optional<std::uint64_t>(const std::filesystem::path&)>;

    disk_room(std::filesystem::path folder, std::uint64_t reserve, const core::clock& clock,
              measure measure = &free_bytes);

    // A sentence for the operator; empty when there is enough.
    [[nodiscard]] const std::string& trouble();

private:
    std::filesystem::path folder_;
    std::uint64_t reserve_;
    const core::clock& clock_;
    measure measure_;
    std::optional<core::monotonic_time> asked_{};
    std::string trouble_{};
};

}  // namespace app
