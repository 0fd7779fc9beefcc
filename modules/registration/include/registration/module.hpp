#pragma once

#include <bus/module_context.hpp>
#include <chrono>
#include <core/async.hpp>
#include <core/rate_limiter.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace registration {

struct settings {
    std::string public_url = "http://127.0.0.1:8080";  // links in mails begin with it; no slash at the end
    std::chrono::milliseconds token_lifetime = std::chrono::hours{24};    // of a link that confirms an address
    std::chrono::milliseconds reset_lifetime = std::chrono::minutes{30};  // of a link for a new password
    std::chrono::milliseconds session_idle = std::chrono::minutes{30};    // a session that is not used has ended
    std::chrono::milliseconds session_lifetime = std::chrono::hours{12};  // and this one too, however much it is used
    std::size_t hash_memory = std::size_t{19456} * 1024;                  // bytes of one hash
    unsigned hash_passes = 2;                                             // over that memory
    std::size_t hash_threads = 2;                                         // each keeps that memory
    std::size_t hash_queue = 64;                       // waiting hashes; one more is refused as overloaded
    std::optional<core::rate> sign_ins_per_account{};  // see sign_in_guard.hpp; none: no limit
    std::optional<core::rate> sign_ins{};              // of all accounts together
    std::optional<core::rate> mails_per_account{};     // that strangers can have sent to one address
};

// Accounts: who may have one, who is signed in. See messages.hpp for what it answers and publishes.
//
// Everything happens on the loop; passwords are hashed on threads of its own. stop() before the destructor.
class module {
public:
    module(bus::module_context context, settings settings);
    module(const module&) = delete;
    module& operator=(const module&) = delete;
    ~module();

    // Lets hashes that are under way end.
    void stop();

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace registration
