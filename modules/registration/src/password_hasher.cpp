#include "password_hasher.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

#include "password_memory.hpp"

namespace registration {
namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory_bytes = std::size_t{19456} * 1024;
constexpr int give_way = 10;

std::string hash_now(std::string& password) {
    const kept_password_memory guard;
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int failed = crypto_pwhash_str_alg(text.data(), password.data(), password.size(), passes, memory_bytes,
                                             crypto_pwhash_ALG_ARGON2ID13);
    sodium_memzero(password.data(), password.size());
    if (failed != 0) throw std::bad_alloc{};  // the only failure that libsodium knows here
    return text.data();
}

}  // namespace

password_hasher::password_hasher(core::executor executor, std::size_t threads, std::size_t queue)
    : pool_{executor, {"hash", threads, queue, give_way}} {
    if (sodium_init() < 0) throw std::runtime_error{"libsodium cannot be used on this machine"};
}

core::awaitable<core::result<std::string>> password_hasher::hash(std::string password) {
    auto hashed = co_await pool_.run([password = std::move(password)]() mutable { return hash_now(password); });
    if (!hashed)
        co_return core::fail(core::error_kind::overloaded, "Too many people register just now. Try again in a moment.");
    co_return std::move(*hashed);
}

}  // namespace registration
