#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <storage/event_record.hpp>
#include <vector>

namespace simulation {

using row = std::shared_ptr<const storage::event_record>;

// A log as a handler sees it: what bus::followed_log is in the program.
class readable_log {
public:
    virtual ~readable_log() = default;

    [[nodiscard]] virtual std::int64_t head() const = 0;
    [[nodiscard]] virtual std::int64_t end() const = 0;
    [[nodiscard]] virtual std::vector<storage::log_epoch> epochs() const = 0;
    [[nodiscard]] virtual std::vector<row> rows_after(std::int64_t sequence, std::size_t most) = 0;
    // A handler begins at `position`.
    virtual void enlist(std::int64_t position) = 0;
};

}  // namespace simulation
