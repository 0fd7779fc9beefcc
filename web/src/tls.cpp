#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <core/exit.hpp>
#include <cstring>
#include <ctime>
#include <web/tls.hpp>

namespace web {
namespace {

// ssl-config.mozilla.org, version 5.7, "intermediate", but for DHE. The client's preference counts: it knows whether it
// has AES in hardware. The suites of TLS 1.3 are OpenSSL's own, all of them good.
constexpr auto ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:P-256:P-384";
constexpr std::array<unsigned char, 9> protocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr std::array<unsigned char, 6> session_context{'b', 'u', 's', 'b', 'a', 'r'};

[[noreturn]] void refuse(const std::string& what) {
    throw core::fatal_error{core::exit_code::configuration, "configuration: " + what};
}

// The first of the reasons: the others say where it came up.
std::string openssl_reason() {
    const auto* const reason = ERR_reason_error_string(ERR_peek_error());
    return reason == nullptr ? "unknown reason" : reason;
}

struct stat status_of(const char* key, const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0)
        refuse(std::string{key} + ": " + file.string() + " cannot be read: " + std::strerror(errno));
    return status;
}

// Without it OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
    unsigned char* found = nullptr;
    const auto result = SSL_select_next_proto(&found, size, protocols.data(), protocols.size(), offered, offered_size);
    *chosen = found;
    // RFC 7301, section 3.2. It also keeps clients of other protocols from being led here.
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void read_files(SSL_CTX* context, const tls_files& files) {
    SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
    status_of("http.tls_certificate", files.certificate);
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
        refuse(
            "http.tls_certificate: " + files.certificate.string() + " cannot be used (" + openssl_reason() +
            "); expected a PEM file with the certificate of the server first, then those between it and its authority");
    if ((status_of("http.tls_key", files.key).st_mode & (S_IRWXG | S_IRWXO)) != 0)
        refuse("http.tls_key: " + files.key.string() + " can be read or changed by other users; run: chmod 600 " +
               files.key.string());
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1) return;
    const auto code = ERR_peek_last_error();
    const bool is_other = ERR_GET_LIB(code) == ERR_LIB_X509 && (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
                                                                ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH);
    if (is_other)
        refuse("http.tls_key: " + files.key.string() + " is not the key of the certificate in " +
               files.certificate.string() + "; give two files that were made together");
    refuse("http.tls_key: " + files.key.string() + " cannot be used (" + openssl_reason() +
           "); expected a PEM file with a private key that needs no passphrase");
}

std::shared_ptr<SSL_CTX> new_context(const tls_files& files) {
    ERR_clear_error();
    const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
    auto* const made = context.get();
    const bool is_set_up = made != nullptr && SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1 &&
                           SSL_CTX_set_cipher_list(made, ciphers) == 1 && SSL_CTX_set1_groups_list(made, groups) == 1 &&
                           SSL_CTX_set_session_id_context(made, session_context.data(), session_context.size()) == 1;
    if (!is_set_up) throw core::fatal_error{core::exit_code::internal, "TLS cannot be set up: " + openssl_reason()};
    SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Sessions are resumed by tickets, which the client keeps.
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(made, &choose_protocol, nullptr);
    read_files(made, files);
    return context;
}

}  // namespace

tls_identity::tls_identity(tls_files files) : files_{std::move(files)}, context_{new_context(files_)} {}

void tls_identity::reload() { context_ = new_context(files_); }

std::string tls_identity::public_key_pin() const {
    auto* const key = X509_get_X509_PUBKEY(SSL_CTX_get0_certificate(context_.get()));
    unsigned char* bytes = nullptr;
    const int size = i2d_X509_PUBKEY(key, &bytes);
    std::array<unsigned char, 32> hash{};
    const bool is_hashed =
        size > 0 && EVP_Digest(bytes, static_cast<std::size_t>(size), hash.data(), nullptr, EVP_sha256(), nullptr) == 1;
    OPENSSL_free(bytes);
    if (!is_hashed) throw core::fatal_error{core::exit_code::internal, "the TLS certificate cannot be hashed"};
    std::array<unsigned char, 45> text{};
    const int length = EVP_EncodeBlock(text.data(), hash.data(), hash.size());
    return "sha256//" + std::string{text.begin(), text.begin() + length};
}

core::timestamp tls_identity::valid_until() const {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context_.get())), &time) != 1) return {};
    return core::timestamp{std::chrono::seconds{::timegm(&time)}};
}

}  // namespace web
