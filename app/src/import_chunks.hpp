#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "import_source.hpp"
#include "product_lines.hpp"

namespace app {

using line_digest = std::array<std::byte, 32>;  // SHA-256

struct known_chunk {
    line_chunk chunk{};
    line_digest digest{};  // of its text
};

// Hands out the chunks of a file, and has the next one read while the caller is busy with the one before. A checker, if
// given one, belongs to the reader alone until the end. Throws core::fatal_error when the file cannot be read.
class import_chunks {
public:
    explicit import_chunks(const import_source& source, line_checker* checker = nullptr);
    import_chunks(const import_chunks&) = delete;
    import_chunks& operator=(const import_chunks&) = delete;
    ~import_chunks() = default;

    [[nodiscard]] std::optional<known_chunk> next();

private:
    [[nodiscard]] std::optional<known_chunk> read();
    void read_ahead();

    const import_source& source_;
    line_checker* checker_;
    product_lines lines_;
    std::future<std::optional<known_chunk>> ahead_;  // last: waits for its thread when it goes
};

// A name for the lines of all these chunks, in hexadecimal digits.
[[nodiscard]] std::string name_of(const std::vector<line_digest>& chunks);

}  // namespace app
