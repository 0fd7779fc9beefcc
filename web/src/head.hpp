#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <web/limits.hpp>
#include <web/request.hpp>

namespace web {

// Why the bytes on a connection are no request that we serve. The connection ends after the answer.
struct refusal {
    int status;
    std::string_view detail;
};

// How long the message is, and what comes after it.
struct framing {
    std::uint64_t content_length = 0;
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;

    [[nodiscard]] bool has_body() const noexcept { return chunked || content_length > 0; }
};

// Finds the end of a head that arrives in pieces, and looks at each byte once.
class head_finder {
public:
    // `received`: all there is of this head so far. The size of the head with its empty line, or 0: not yet all there.
    // What can't become a head any more is refused at once, not after a time-out.
    [[nodiscard]] std::expected<std::size_t, refusal> find(std::string_view received, const limits& limits);
    void reset() noexcept { *this = head_finder{}; }

private:
    std::size_t line_ = 0;     // where the current line begins
    std::size_t scanned_ = 0;  // no line feed between the two
};

// Reads a whole head by the letter of RFC 9112, with nothing of the leniency that request smuggling lives on: no bare
// LF, no folding, no space before a colon, one Content-Length or one Transfer-Encoding: chunked, exactly one Host.
// Fills method, target, host and fields of `out` with views into `head`.
[[nodiscard]] std::expected<framing, refusal> parse_head(std::string_view head, const limits& limits, request& out);

}  // namespace web
