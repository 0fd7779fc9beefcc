#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace web {

// What this edge has said to be written is in whatever it reads from then on: the highest position in the module's
// event log that it has answered with, whoever asked for that change. So a client needs no cookie. One object serves
// the pages and the JSON of both listeners. Loop thread.
class written_position {
public:
    void note(std::int64_t position) { highest_ = std::max(highest_, position); }
    // What a question gives along as the least that it wants to see.
    [[nodiscard]] std::optional<std::int64_t> read_from() const {
        return highest_ > 0 ? std::optional{highest_} : std::nullopt;
    }

private:
    std::int64_t highest_ = 0;
};

}  // namespace web
