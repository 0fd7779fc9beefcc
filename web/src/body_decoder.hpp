#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "head.hpp"

namespace web {

// Takes the body of one message off a connection, with Content-Length or in chunks. Chunks are read by the letter of
// RFC 9112, section 7.1, as the head is: no bare LF, no blanks around a size, no folded trailer. Extensions and
// trailers are passed over.
class body_decoder {
public:
    // `limit`: bytes of the body.
    body_decoder(const framing& framing, std::size_t limit);

    // Takes from the front of `bytes`; returns how many: all of them, unless the body ends before. After a refusal the
    // decoder is of no more use.
    [[nodiscard]] std::expected<std::size_t, refusal> put(std::string_view bytes);
    [[nodiscard]] bool is_done() const noexcept { return state_ == state::done; }
    [[nodiscard]] std::string take() { return std::move(body_); }

private:
    // What the next byte belongs to.
    enum class state : std::uint8_t {
        size,
        extension,
        size_end,
        data,
        data_end,
        data_end_feed,
        trailer,  // or the empty line after the last one
        trailer_name,
        trailer_value,
        trailer_end,
        last_feed,
        done
    };

    [[nodiscard]] std::size_t put_data(std::string_view bytes);
    // False for a byte that has no place there.
    [[nodiscard]] bool put_byte(char byte);
    [[nodiscard]] bool put_size(char byte);
    [[nodiscard]] bool put_trailer(char byte);
    [[nodiscard]] bool end_size_line();
    bool go_to(state next, bool is_allowed);

    state state_;
    bool is_chunked_;
    std::size_t limit_;
    std::uint64_t left_;      // of the body or of the chunk; while its size is read, what is known of it
    std::size_t digits_ = 0;  // of the size
    std::size_t beside_ = 0;  // bytes of extensions and trailers so far
    std::string body_;
};

}  // namespace web
