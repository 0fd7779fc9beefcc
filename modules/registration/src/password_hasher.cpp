#include "password_hasher.hpp"

#include <sodium.h>

#include <array>
#include <chrono>
#include <core/uuid.hpp>
#include <new>
#include <span>
#include <stdexcept>

#include "password_memory.hpp"

namespace registration {
namespace {

constexpr int give_way = 10;
const core::histogram_buckets hash_times{0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5};

// Tells how long it lived.
class timed {
public:
    explicit timed(core::histogram& time) : time_{time} {}
    timed(const timed&) = delete;
    timed& operator=(const timed&) = delete;
    ~timed() { time_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count()); }

private:
    core::histogram& time_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

std::string hash_now(std::string& password, const hash_cost& cost) {
    const kept_password_memory guard;
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int failed = crypto_pwhash_str_alg(text.data(), password.data(), password.size(), cost.passes, cost.memory,
                                             crypto_pwhash_ALG_ARGON2ID13);
    sodium_memzero(password.data(), password.size());
    if (failed != 0) throw std::bad_alloc{};  // the only failure that libsodium knows here
    return text.data();
}

password_hasher::verdict verify_now(std::string& password, const std::string& known, const hash_cost& cost) {
    const kept_password_memory guard;
    const bool is_right = crypto_pwhash_str_verify(known.c_str(), password.data(), password.size()) == 0;
    sodium_memzero(password.data(), password.size());
    return {is_right, is_right && crypto_pwhash_str_needs_rehash(known.c_str(), cost.passes, cost.memory) != 0};
}

template <std::size_t Bytes>
std::string random_base64() {
    std::array<unsigned char, Bytes> bytes{};
    core::random_bytes(std::as_writable_bytes(std::span{bytes}));
    std::array<char, sodium_base64_ENCODED_LEN(Bytes, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)> text{};
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return text.data();
}

// In the form of a hash, at this cost, that no password has.
std::string nobodys_hash(const hash_cost& cost) {
    if (sodium_init() < 0) throw std::runtime_error{"libsodium cannot be used on this machine"};
    constexpr std::size_t salt_bytes = 16;
    constexpr std::size_t tag_bytes = 32;
    return "$argon2id$v=19$m=" + std::to_string(cost.memory / 1024) + ",t=" + std::to_string(cost.passes) + ",p=1$" +
           random_base64<salt_bytes>() + "$" + random_base64<tag_bytes>();
}

std::unexpected<core::error> overloaded() {
    return core::fail(core::error_kind::overloaded,
                      "Too many people register or sign in just now. Try again in a moment.");
}

}  // namespace

password_hasher::password_hasher(const core::runtime& runtime, bounds bounds, hash_cost cost)
    : cost_{cost},
      nobodys_hash_{nobodys_hash(cost)},
      time_{runtime.metrics.add_histogram("busbar_registration_password_hash_duration_seconds",
                                          "Time of a password's hash, without the wait for it.", hash_times)},
      waiting_{runtime.metrics.add_gauge("busbar_registration_password_hashes_waiting",
                                         "Password hashes that wait for a thread.")},
      pool_{runtime.loop, {"hash", bounds.threads, bounds.queue, give_way}},
      measurement_{runtime.metrics, [this] { return measure(); }} {}

core::awaitable<void> password_hasher::measure() {
    waiting_.Set(static_cast<double>(pool_.waiting()));
    co_return;
}

core::awaitable<core::result<std::string>> password_hasher::hash(std::string password) {
    auto hashed = co_await pool_.run([this, password = std::move(password)]() mutable {
        const timed timed{time_};
        return hash_now(password, cost_);
    });
    if (!hashed) co_return overloaded();
    co_return std::move(*hashed);
}

core::awaitable<core::result<password_hasher::verdict>> password_hasher::verify(std::string password,
                                                                                std::optional<std::string> known) {
    const bool is_known = known.has_value();
    auto verified =
        co_await pool_.run([this, password = std::move(password), known = known.value_or(nobodys_hash_)]() mutable {
            const timed timed{time_};
            return verify_now(password, known, cost_);
        });
    if (!verified) co_return overloaded();
    co_return verdict{is_known && verified->is_right, verified->is_out_of_date};
}

}  // namespace registration
