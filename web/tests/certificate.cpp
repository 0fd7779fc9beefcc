#include "certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace web::testing {
namespace {

template <auto Free>
struct freeing {
    template <class T>
    void operator()(T* what) const noexcept {
        Free(what);
    }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freeing<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freeing<X509_free>>;
using file_pointer = std::unique_ptr<std::FILE, freeing<std::fclose>>;

void expect(bool is_good, const char* what) {
    if (!is_good) throw std::runtime_error{std::string{"a certificate for tests: "} + what};
}

void add_extension(X509* certificate, int kind, const char* value) {
    const std::unique_ptr<X509_EXTENSION, freeing<X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value)};
    expect(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

certificate_pointer new_certificate(EVP_PKEY* key, std::chrono::seconds valid_for) {
    certificate_pointer certificate{X509_new()};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_for.count());
    auto* const name = X509_get_subject_name(certificate.get());
    static constexpr std::array<unsigned char, 12> text{"busbar test"};
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text.data(), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    expect(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "signature");
    return certificate;
}

file_pointer open_private(const std::filesystem::path& path) {
    file_pointer file{std::fopen(path.c_str(), "w")};
    expect(file && ::chmod(path.c_str(), 0600) == 0, "file");
    return file;
}

}  // namespace

throwaway_certificate::throwaway_certificate(std::chrono::seconds valid_for) { renew(valid_for); }

void throwaway_certificate::renew(std::chrono::seconds valid_for) const {
    const key_pointer key{EVP_EC_gen("P-256")};
    const auto certificate = new_certificate(key.get(), valid_for);
    expect(PEM_write_X509(open_private(files().certificate).get(), certificate.get()) == 1, "its file");
    expect(PEM_write_PrivateKey(open_private(files().key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
           "the file of its key");
}

void throwaway_certificate::lock_key() const {
    const key_pointer key{EVP_EC_gen("P-256")};
    static constexpr std::array<unsigned char, 6> passphrase{'s', 'e', 's', 'a', 'm', 'e'};
    expect(PEM_write_PrivateKey(open_private(files().key).get(), key.get(), EVP_aes_128_cbc(), passphrase.data(),
                                passphrase.size(), nullptr, nullptr) == 1,
           "the file of its key");
}

tls_files throwaway_certificate::files() const {
    return {.certificate = folder_.path() / "certificate.pem", .key = folder_.path() / "key.pem"};
}

}  // namespace web::testing
