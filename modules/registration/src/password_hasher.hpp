#pragma once

#include <core/async.hpp>
#include <core/error.hpp>
#include <core/offload_pool.hpp>
#include <string>

namespace registration {

// argon2id with 19 MiB, two passes, one lane: the second row of OWASP's table (ASVS 5.0, appendix C). The result is a
// PHC string with a random salt of 16 bytes. Hashes run on a few threads that give way to the event loop.
class password_hasher {
public:
    password_hasher(core::executor executor, std::size_t threads, std::size_t queue);

    // Error: overloaded, when too many wait.
    core::awaitable<core::result<std::string>> hash(std::string password);

    void stop() { pool_.stop(); }

private:
    core::offload_pool pool_;
};

}  // namespace registration
