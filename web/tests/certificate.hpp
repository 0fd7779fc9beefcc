#pragma once

#include <chrono>
#include <filesystem>
#include <harness/world.hpp>
#include <string>
#include <web/tls.hpp>

namespace web::testing {

// A certificate for localhost that is its own authority, and its key, as files that are gone with this object.
class throwaway_certificate {
public:
    explicit throwaway_certificate(std::chrono::seconds valid_for = std::chrono::hours{1});

    // Another key and certificate in the same files.
    void renew(std::chrono::seconds valid_for = std::chrono::hours{1}) const;
    // The key alone, as it would be with a passphrase.
    void lock_key() const;
    [[nodiscard]] tls_files files() const;

private:
    harness::temporary_folder folder_;
};

}  // namespace web::testing
