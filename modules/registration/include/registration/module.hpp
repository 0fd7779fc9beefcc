#pragma once

#include <bus/module_context.hpp>
#include <chrono>
#include <core/async.hpp>
#include <cstddef>
#include <memory>
#include <string>

namespace registration {

struct settings {
    std::string public_url = "http://127.0.0.1:8080";  // links in mails begin with it; no slash at the end
    std::chrono::milliseconds token_lifetime = std::chrono::hours{24};
    std::size_t hash_threads = 2;  // each keeps 19 MiB
    std::size_t hash_queue = 64;   // waiting hashes; one more is refused as overloaded
};

// Users: registers them and confirms their addresses. See messages.hpp for what it answers and publishes.
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
