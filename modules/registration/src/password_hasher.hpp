#pragma once

#include <core/async.hpp>
#include <core/error.hpp>
#include <core/offload_pool.hpp>
#include <core/runtime.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace registration {

// What a hash costs. The default is the second row of OWASP's table (ASVS 5.0, appendix C).
struct hash_cost {
    std::size_t memory = std::size_t{19456} * 1024;  // bytes
    unsigned passes = 2;
};

// argon2id with one lane. The result is a PHC string with a random salt of 16 bytes. Hashes run on a few threads that
// give way to the event loop. Loop thread.
class password_hasher {
public:
    struct bounds {
        std::size_t threads = 1;
        std::size_t queue = 64;  // hashes that wait; one more is refused
    };

    password_hasher(const core::runtime& runtime, bounds bounds, hash_cost cost);

    // Error of both: overloaded, when too many wait.
    core::awaitable<core::result<std::string>> hash(std::string password);

    struct verdict {
        bool is_right = false;
        bool is_out_of_date = false;  // right, but hashed at another cost
    };
    // Without a known hash the password is wrong, and that takes the same time.
    core::awaitable<core::result<verdict>> verify(std::string password, std::optional<std::string> known);

    void stop() { pool_.stop(); }

private:
    core::awaitable<void> measure();

    const hash_cost cost_;
    const std::string nobodys_hash_;
    core::histogram& time_;
    core::gauge& waiting_;
    core::offload_pool pool_;
    core::measurement measurement_;
};

}  // namespace registration
