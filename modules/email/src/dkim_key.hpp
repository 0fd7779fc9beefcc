#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace email {

// The private key that signs mails: RSA of 1024 bits or more, or Ed25519. Any thread.
class dkim_key {
public:
    // PEM without a passphrase, which nobody but its owner may read. Throws core::fatal_error (configuration), which
    // names the setting, the file, and what to do.
    explicit dkim_key(const std::filesystem::path& file);

    // As in the tag k= of a record; with -sha256 behind it as in a= of a signature.
    [[nodiscard]] std::string_view kind() const noexcept;
    [[nodiscard]] int bits() const noexcept;
    // Some receivers think too little of it, and more will (RFC 8301, section 3.2).
    [[nodiscard]] bool is_weak() const noexcept;
    // As in the tag p= of a record.
    [[nodiscard]] std::string public_key() const;
    // In base64. RSA of 2048 bits takes half a millisecond.
    [[nodiscard]] std::string sign(std::string_view data) const;

private:
    [[nodiscard]] bool is_rsa() const noexcept;

    std::shared_ptr<evp_pkey_st> key_;
};

// In base64.
[[nodiscard]] std::string sha256(std::string_view data);

}  // namespace email
