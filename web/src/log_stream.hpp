#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <cstddef>
#include <logging/messages.hpp>
#include <optional>
#include <string>

#include "caller.hpp"

namespace web {

// The live log for one client, as Server-Sent Events (WHATWG HTML, section 9.2): an event for each entry, with its id.
// Of what comes it holds no more than one answer of the module; a client that is too slow is told so by an event
// `dropped`, which is the last.
//
// Asks on behalf of `request`, which outlives it. Counts itself in `open` as long as it lives.
class log_stream {
public:
    log_stream(const caller& modules, core::clock& clock, const request& request, std::size_t& open);
    log_stream(const log_stream&) = delete;
    log_stream& operator=(const log_stream&) = delete;
    ~log_stream();

    // Before the first piece. An error means that there is no stream.
    core::awaitable<core::result<void>> begin(logging::follow_entries wanted);
    // See piece_source.
    core::awaitable<std::optional<std::string>> next();

private:
    [[nodiscard]] std::string take_in(logging::followed answer);

    const caller& modules_;
    core::clock& clock_;
    const request& request_;
    std::size_t& open_;
    logging::follow_entries wanted_;
    std::string first_{};  // what begin() has got
    core::monotonic_time sent_;
    bool is_over_ = false;
};

}  // namespace web
