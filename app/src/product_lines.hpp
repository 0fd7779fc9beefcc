#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace app {

// What is wrong with a line of a file.
struct line_problem {
    std::uint64_t line = 1;
    std::string text{};

    bool operator==(const line_problem&) const = default;
};

// Some lines in a row, as they go to the server in one request.
struct line_chunk {
    std::uint64_t first_line = 1;
    std::uint64_t products = 0;  // lines that are not blank
    std::uint64_t end = 0;       // bytes of the file up to here
    // A line each, ended by LF alone; empty those that no server could read.
    std::string text{};
    std::vector<line_problem> problems{};
};

// The lines of a file in chunks that one request can hold. Where a chunk ends depends on the file alone, so that a
// second run asks with the same requests. CRLF, a byte order mark and a last line without an end are taken for what
// they mean. Blocks.
class product_lines {
public:
    static constexpr std::size_t most_lines = 500;
    static constexpr std::size_t most_bytes = 512UZ * 1024;  // after which a chunk takes no further line
    // Name and description may have 10,200 characters, which need 12 bytes each when all are escaped.
    static constexpr std::size_t longest_line = 256UZ * 1024;

    // `file` is read from where it is, and stays open.
    explicit product_lines(int file) : file_{file} {}

    // None at the end. Throws std::system_error.
    [[nodiscard]] std::optional<line_chunk> next();

private:
    [[nodiscard]] bool fill();
    // False at the end. What is longer than a line may be is cut off there.
    [[nodiscard]] bool read_line(std::string& line);
    void take(std::string_view line, line_chunk& chunk) const;

    int file_;
    std::string buffer_{};
    std::size_t used_ = 0;  // of the buffer
    std::uint64_t read_ = 0;
    std::uint64_t lines_ = 0;
};

// What a line has to be besides for a whole file to be right: JSON, and the only one with its id. Takes such lines out
// of the chunk. 50 bytes are kept for each id.
class line_checker {
public:
    void check(line_chunk& chunk);

private:
    using id = std::array<std::uint64_t, 2>;
    struct hash {
        std::size_t operator()(const id& id) const noexcept { return id[0] ^ (id[1] * 0x9e3779b97f4a7c15U); }
    };

    [[nodiscard]] std::optional<std::string> problem_with(std::string_view line, std::uint64_t number);

    std::unordered_map<id, std::uint64_t, hash> lines_;  // by id
};

// What the server finds wrong, by the line of the file: its "line 3: price" is the third of the chunk.
[[nodiscard]] line_problem problem_in_file(const line_chunk& chunk, std::string_view field, std::string_view detail);

}  // namespace app
