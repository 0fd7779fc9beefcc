#include "dkim_key.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <core/exit.hpp>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace email {
namespace {

constexpr int fewest_rsa_bits = 1024;  // RFC 8301, section 3.2: what is shorter is not even looked at
constexpr int enough_rsa_bits = 2048;
constexpr auto how_to_make_one =
    "make one with: openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out FILE";

using bytes = std::vector<unsigned char>;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
    throw core::fatal_error{core::exit_code::configuration, "email.dkim_key_file: " + file.string() + " " + what};
}

// Without it OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::shared_ptr<EVP_PKEY> read_key(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "re"), &std::fclose};
    if (!file) refuse(path, std::string{"cannot be read: "} + std::strerror(errno));
    struct stat status{};
    if (::fstat(::fileno(file.get()), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        refuse(path, "can be read or changed by other users; run: chmod 600 " + path.string());
    std::shared_ptr<EVP_PKEY> key{PEM_read_PrivateKey(file.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free};
    if (!key)
        refuse(path, std::string{"is no PEM file with a private key that needs no passphrase; "} + how_to_make_one);
    return key;
}

std::string base64(const unsigned char* data, std::size_t size) {
    std::string text(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), data, size, sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // NUL
    return text;
}

void require(bool is_done, const char* what) {
    if (!is_done) throw std::runtime_error{std::string{"OpenSSL cannot "} + what};
}

std::array<unsigned char, 32> hash_of(std::string_view data) {
    std::array<unsigned char, 32> hash{};
    require(EVP_Digest(data.data(), data.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1, "hash");
    return hash;
}

bytes signature(EVP_PKEY* key, const EVP_MD* digest, const unsigned char* data, std::size_t size) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    auto length = static_cast<std::size_t>(EVP_PKEY_get_size(key));
    bytes result(length);
    require(context && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                EVP_DigestSign(context.get(), result.data(), &length, data, size) == 1,
            "sign");
    result.resize(length);
    return result;
}

}  // namespace

dkim_key::dkim_key(const std::filesystem::path& file) : key_{read_key(file)} {
    if (!is_rsa() && EVP_PKEY_get_base_id(key_.get()) != EVP_PKEY_ED25519)
        refuse(file, std::string{"is neither an RSA key nor an Ed25519 key; "} + how_to_make_one);
    if (is_rsa() && bits() < fewest_rsa_bits)
        refuse(file, "has " + std::to_string(bits()) + " bits, which nobody accepts; " + how_to_make_one);
}

bool dkim_key::is_rsa() const noexcept { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }

std::string_view dkim_key::kind() const noexcept { return is_rsa() ? "rsa" : "ed25519"; }

bool dkim_key::is_weak() const noexcept { return is_rsa() && bits() < enough_rsa_bits; }

int dkim_key::bits() const noexcept { return EVP_PKEY_get_bits(key_.get()); }

std::string dkim_key::public_key() const {
    bytes key;
    if (is_rsa()) {
        // SubjectPublicKeyInfo, as everybody has it, and not the RSAPublicKey within (RFC 6376, erratum 3017).
        key.resize(static_cast<std::size_t>(i2d_PUBKEY(key_.get(), nullptr)));
        auto* place = key.data();
        require(i2d_PUBKEY(key_.get(), &place) > 0, "write a public key");
    } else {
        std::size_t size = 32;
        key.resize(size);
        require(EVP_PKEY_get_raw_public_key(key_.get(), key.data(), &size) == 1, "write a public key");
    }
    return base64(key.data(), key.size());
}

std::string dkim_key::sign(std::string_view data) const {
    const auto hash = hash_of(data);
    // Ed25519 signs the hash as its message (RFC 8463, section 3).
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char to unsigned char
    const auto result =
        is_rsa() ? signature(key_.get(), EVP_sha256(), reinterpret_cast<const unsigned char*>(data.data()), data.size())
                 : signature(key_.get(), nullptr, hash.data(), hash.size());
    return base64(result.data(), result.size());
}

std::string sha256(std::string_view data) {
    const auto hash = hash_of(data);
    return base64(hash.data(), hash.size());
}

}  // namespace email
