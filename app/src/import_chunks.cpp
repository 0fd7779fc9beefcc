#include "import_chunks.hpp"

#include <sodium.h>

#include <core/hex.hpp>
#include <system_error>
#include <utility>

namespace app {
namespace {

static_assert(sizeof(line_digest) == crypto_hash_sha256_BYTES);

line_digest digest_of(const void* bytes, std::size_t size) {
    line_digest digest{};
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()), static_cast<const unsigned char*>(bytes), size);
    return digest;
}

}  // namespace

import_chunks::import_chunks(const import_source& source, line_checker* checker)
    : source_{source}, checker_{checker}, lines_{source.from_the_start()} {
    read_ahead();
}

std::optional<known_chunk> import_chunks::next() {
    try {
        auto chunk = ahead_.get();
        if (chunk) read_ahead();
        return chunk;
    } catch (const std::system_error& failure) {
        source_.fail(failure.code().value());
    }
}

std::optional<known_chunk> import_chunks::read() {
    auto chunk = lines_.next();
    if (!chunk) return std::nullopt;
    const auto digest = digest_of(chunk->text.data(), chunk->text.size());
    if (checker_) checker_->check(*chunk);
    return known_chunk{std::move(*chunk), digest};
}

void import_chunks::read_ahead() {
    ahead_ = std::async(std::launch::async, [this] { return read(); });
}

std::string name_of(const std::vector<line_digest>& chunks) {
    return core::to_hex(digest_of(chunks.data(), chunks.size() * sizeof(line_digest)));
}

}  // namespace app
