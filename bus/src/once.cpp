#include <sodium.h>

#include <array>
#include <bus/once.hpp>
#include <chrono>
#include <core/hex.hpp>
#include <cstddef>
#include <cstdint>

namespace bus::detail {
namespace {

constexpr auto kept_for = std::chrono::hours{24};
constexpr std::int64_t removed_at_a_time = 10;

std::string fingerprint_of(std::string_view asked) {
    std::array<std::byte, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                       reinterpret_cast<const unsigned char*>(asked.data()), asked.size());
    return core::to_hex(digest);
}

}  // namespace

std::optional<earlier_answer> find_answer(storage::transaction& transaction, const std::string& key,
                                          std::string_view asked) {
    const auto known = transaction.query_optional<std::string, std::string>(
        "SELECT fingerprint, answer FROM idempotency_keys WHERE key = ?1 AND made_at > ?2", key,
        transaction.now() - kept_for);
    if (!known) return std::nullopt;
    const auto& [fingerprint, answer] = *known;
    return earlier_answer{fingerprint == fingerprint_of(asked), answer};
}

void keep_answer(storage::transaction& transaction, const std::string& key, std::string_view asked,
                 const std::string& answer) {
    // More than one goes for each that comes, so the table shrinks to what is of today.
    transaction.execute(
        "DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE made_at <= ?1 LIMIT ?2)",
        transaction.now() - kept_for, removed_at_a_time);
    transaction.execute(
        "INSERT OR REPLACE INTO idempotency_keys (key, fingerprint, answer, made_at) VALUES (?1, ?2, ?3, ?4)", key,
        fingerprint_of(asked), answer, transaction.now());
}

}  // namespace bus::detail
