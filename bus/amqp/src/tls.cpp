#include "tls.hpp"

#include <amqp_ssl_socket.h>
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "broker_error.hpp"

namespace bus::amqp {
namespace {

thread_local int last_verify_error = X509_V_OK;

int remember_verify_error(int is_valid, X509_STORE_CTX* store) {
    if (is_valid == 0) last_verify_error = X509_STORE_CTX_get_error(store);
    return is_valid;
}

bool is_ip_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

// OpenSSL's own check of the host and not the library's, which takes no IP addresses.
bool expect_host(SSL_CTX* context, const std::string& host) {
    auto* const expected = SSL_CTX_get0_param(context);
    if (is_ip_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size()) == 1;
}

std::string openssl_reason() {
    const auto code = ERR_peek_last_error();
    const auto* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "" : reason;
}

[[noreturn]] void throw_unusable(const std::string& what, const std::filesystem::path& file) {
    const auto reason = ::access(file.c_str(), R_OK) == 0 ? openssl_reason() : std::string{std::strerror(errno)};
    throw broker_error{"the file " + file.string() + " cannot be used as " + what + " for the broker: " + reason};
}

}  // namespace

amqp_socket_t* new_tls_socket(amqp_connection_state_t state, const broker_address& broker) {
    last_verify_error = X509_V_OK;
    ERR_clear_error();
    auto* const socket = amqp_ssl_socket_new(state);
    if (socket == nullptr) return nullptr;
    auto* const context = static_cast<SSL_CTX*>(amqp_ssl_socket_get_context(socket));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, remember_verify_error);
    amqp_ssl_socket_set_verify_hostname(socket, 0);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 || !expect_host(context, broker.host))
        throw broker_error{"TLS cannot be set up for " + place_of(broker) + ": " + openssl_reason()};
    if (broker.ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1)
            throw broker_error{"the certificate authorities of the system cannot be read: " + openssl_reason()};
    } else if (SSL_CTX_load_verify_locations(context, broker.ca_file.c_str(), nullptr) != 1) {
        throw_unusable("certificate authorities", broker.ca_file);
    }
    if (broker.certificate_file.empty()) return socket;
    if (SSL_CTX_use_certificate_chain_file(context, broker.certificate_file.c_str()) != 1)
        throw_unusable("our certificate", broker.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, broker.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw_unusable("our key", broker.key_file);
    return socket;
}

std::string last_tls_failure(int status) {
    if (last_verify_error != X509_V_OK)
        return std::string{"its certificate is not trusted ("} + X509_verify_cert_error_string(last_verify_error) + ")";
    const auto reason = openssl_reason();
    return reason.empty() ? amqp_error_string2(status) : reason;
}

}  // namespace bus::amqp
