#pragma once

#include <core/clock.hpp>
#include <filesystem>
#include <memory>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace web {

// Both PEM.
struct tls_files {
    std::filesystem::path certificate{};  // the server's, then those between it and its authority
    std::filesystem::path key{};          // no passphrase, and nobody but its owner may read it
};

// Whom a listener is to its clients over TLS, and how it speaks: version 1.2 or newer, HTTP/1.1 alone, the ciphers of
// Mozilla's "intermediate" without finite-field Diffie-Hellman, no renegotiation, no compression.
//
// A connection keeps what it began with; what reload() has read counts for new ones. Loop thread.
class tls_identity {
public:
    // Throws core::fatal_error (configuration), which names the setting, the file, and what to do.
    explicit tls_identity(tls_files files);

    // Reads the files again. Throws as the constructor does; then nothing has changed.
    void reload();

    // Of the certificate's public key, as libcurl takes it: sha256//BASE64.
    [[nodiscard]] std::string public_key_pin() const;
    [[nodiscard]] core::timestamp valid_until() const;
    [[nodiscard]] ssl_ctx_st& context() const noexcept { return *context_; }

private:
    tls_files files_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace web
