#include <algorithm>
#include <optional>

#include "body_decoder.hpp"
#include "fuzz.hpp"
#include "text.hpp"

// The body of a request, with a length or in chunks, against a reading of RFC 9112, section 7.1, by the letter. The
// first two bytes say how it is framed and in pieces of which size it arrives.
namespace {

using fuzz::claim;

constexpr std::size_t limit = 512;

struct outcome {
    std::optional<std::string> body{};  // nothing: refused or not yet all there
    std::size_t taken = 0;
    bool is_refused = false;
};

// As a connection does it: what the decoder leaves is given again, with more behind it.
outcome decode(const web::framing& framing, std::string_view bytes, std::size_t piece) {
    web::body_decoder decoder{framing, limit};
    outcome result;
    std::size_t there = 0;
    while (true) {
        if (there > result.taken) {
            const auto taken = decoder.put(bytes.substr(result.taken, there - result.taken));
            if (!taken) return {.body = {}, .taken = result.taken, .is_refused = true};
            claim(*taken <= there - result.taken, "no more is taken than there is");
            claim(*taken == there - result.taken || decoder.is_done(), "all is taken that belongs to the body");
            result.taken += *taken;
        }
        if (decoder.is_done()) break;
        if (there == bytes.size()) return result;
        there = std::min(there + piece, bytes.size());
    }
    result.body = decoder.take();
    return result;
}

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

std::optional<std::string_view> take_line(std::string_view& rest) {
    const auto end = rest.find("\r\n");
    if (end == rest.npos) return std::nullopt;
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    return line.find_first_of(std::string_view{"\r\n\0", 3}) == line.npos ? std::optional{line} : std::nullopt;
}

// By the letter; nothing for what is broken, cut off or too long.
outcome by_the_letter(std::string_view bytes) {
    auto rest = bytes;
    std::string body;
    while (true) {
        const auto line = take_line(rest);
        if (!line || line->empty() || hex(line->front()) < 0) return {};
        std::size_t size = 0;
        std::size_t digits = 0;
        for (; digits < line->size() && hex((*line)[digits]) >= 0; ++digits) {
            size = size * 16 + static_cast<std::size_t>(hex((*line)[digits]));
            if (size > limit) return {};
        }
        const auto extension = web::trim(line->substr(digits));
        if (!extension.empty() && extension.front() != ';') return {};
        if (size == 0) break;
        if (rest.size() < size + 2 || rest.substr(size, 2) != "\r\n") return {};
        body += rest.substr(0, size);
        if (body.size() > limit) return {};
        rest.remove_prefix(size + 2);
    }
    while (true) {
        const auto line = take_line(rest);
        if (!line) return {};
        if (line->empty()) return {.body = std::move(body), .taken = bytes.size() - rest.size()};
        if (!line->contains(':') || !web::is_token_character(line->front())) return {};
    }
}

void check_chunks(std::string_view bytes, std::size_t piece) {
    const auto got = decode({.chunked = true}, bytes, piece);
    const auto at_once = decode({.chunked = true}, bytes, bytes.size() + 1);
    claim(got.body == at_once.body && (!got.body || got.taken == at_once.taken),
          "a body does not depend on the pieces");
    if (!got.body) return;
    claim(got.body->size() <= limit, "a body is not too long");
    const auto wanted = by_the_letter(bytes);
    claim(wanted.body.has_value(), "what is taken is framed by the letter");
    claim(wanted.body == got.body, "the body is what is in the chunks");
    claim(wanted.taken == got.taken, "the next request begins where this one ends");
}

void check_length(std::string_view bytes, std::size_t piece, std::size_t length) {
    const auto got = decode({.content_length = length}, bytes, piece);
    claim(!got.is_refused, "any bytes of the right number are a body");
    claim(got.body.has_value() == (bytes.size() >= length), "it is whole with its last byte");
    if (got.body) claim(got.body == bytes.substr(0, length) && got.taken == length, "it is these bytes and no more");
}

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto length = choose.byte();
    const auto piece = choose.below(32) + 1;
    if (length < 128)
        check_chunks(choose.rest(), piece);
    else
        check_length(choose.rest(), piece, length - 127U);
}
