#include "body_decoder.hpp"

#include <algorithm>

#include "text.hpp"

namespace web {
namespace {

constexpr std::size_t most_digits = 16;          // 64 bits
constexpr std::size_t most_beside = 8UZ * 1024;  // of extensions and trailers: nobody needs them

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool is_text(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

body_decoder::body_decoder(const framing& framing, std::size_t limit)
    : state_{framing.chunked ? state::size : state::data},
      is_chunked_{framing.chunked},
      limit_{limit},
      left_{framing.content_length} {
    if (!framing.has_body()) state_ = state::done;
}

std::expected<std::size_t, refusal> body_decoder::put(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !is_done()) {
        if (state_ == state::data) {
            if (left_ > limit_ - body_.size()) return std::unexpected{refusal{413, "The body is too large."}};
            taken += put_data(bytes.substr(taken));
        } else if (!put_byte(bytes[taken++])) {
            return std::unexpected{refusal{400, "The body is not framed as HTTP/1.1 wants it."}};
        }
    }
    return taken;
}

std::size_t body_decoder::put_data(std::string_view bytes) {
    const auto piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
    body_ += piece;
    left_ -= piece.size();
    if (left_ == 0) state_ = is_chunked_ ? state::data_end : state::done;
    return piece.size();
}

bool body_decoder::put_byte(char byte) {
    switch (state_) {
        case state::size:
            return put_size(byte);
        case state::extension:
            if (byte == '\r') return go_to(state::size_end, true);
            return is_text(byte) && ++beside_ <= most_beside;
        case state::size_end:
            return byte == '\n' && end_size_line();
        case state::data_end:
            return go_to(state::data_end_feed, byte == '\r');
        case state::data_end_feed:
            return go_to(state::size, byte == '\n');
        default:
            return put_trailer(byte);
    }
}

bool body_decoder::put_size(char byte) {
    if (const auto digit = hex_digit(byte); digit >= 0) {
        left_ = left_ << 4U | static_cast<unsigned>(digit);
        return ++digits_ <= most_digits;
    }
    return go_to(byte == ';' ? state::extension : state::size_end, digits_ > 0 && (byte == ';' || byte == '\r'));
}

bool body_decoder::end_size_line() {
    digits_ = 0;
    return go_to(left_ == 0 ? state::trailer : state::data, true);
}

bool body_decoder::put_trailer(char byte) {
    if (++beside_ > most_beside) return false;
    switch (state_) {
        case state::trailer:
            return go_to(byte == '\r' ? state::last_feed : state::trailer_name,
                         byte == '\r' || is_token_character(byte));
        case state::trailer_name:
            return byte == ':' ? go_to(state::trailer_value, true) : is_token_character(byte);
        case state::trailer_value:
            return byte == '\r' ? go_to(state::trailer_end, true) : is_text(byte);
        case state::trailer_end:
            return go_to(state::trailer, byte == '\n');
        default:
            return go_to(state::done, byte == '\n');
    }
}

bool body_decoder::go_to(state next, bool is_allowed) {
    if (is_allowed) state_ = next;
    return is_allowed;
}

}  // namespace web
