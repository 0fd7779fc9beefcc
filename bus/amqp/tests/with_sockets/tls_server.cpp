#include "tls_server.hpp"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "test_broker.hpp"

namespace bus::amqp::test {
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
using context_pointer = std::unique_ptr<SSL_CTX, freeing<SSL_CTX_free>>;
using ssl_pointer = std::unique_ptr<SSL, freeing<SSL_free>>;

void expect(bool is_good, const char* what) {
    if (!is_good) throw std::runtime_error{std::string{"a server with TLS: "} + what};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, freeing<X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
    expect(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

certificate_pointer new_certificate(EVP_PKEY* key, const std::string& alternative_name) {
    certificate_pointer certificate{X509_new()};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    auto* const name = X509_get_subject_name(certificate.get());
    static constexpr std::array<unsigned char, 12> text{"busbar test"};
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text.data(), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_set_pubkey(certificate.get(), key);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_subject_alt_name, alternative_name);
    expect(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "signature");
    return certificate;
}

bool copy_to_client(int from, SSL* to) {
    std::array<char, 16'384> data{};
    const auto size = ::recv(from, data.data(), data.size(), 0);
    return size > 0 && SSL_write(to, data.data(), static_cast<int>(size)) > 0;
}

bool copy_to_broker(SSL* from, int to) {
    std::array<char, 16'384> data{};
    do {
        const auto size = SSL_read(from, data.data(), data.size());
        if (size <= 0 || ::send(to, data.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) return false;
    } while (SSL_pending(from) > 0);
    return true;
}

}  // namespace

struct tls_server::state {
    context_pointer context;
};

tls_server::tls_server(const settings& settings)
    : broker_{broker_for_tests()}, state_{std::make_unique<state>(state{context_pointer{SSL_CTX_new(TLS_method())}})} {
    const key_pointer key{EVP_EC_gen("P-256")};
    const auto certificate = new_certificate(key.get(), settings.subject_alternative_name);
    auto* const context = state_->context.get();
    // Versions as old as 1.1 need it.
    SSL_CTX_set_security_level(context, 0);
    expect(SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
               SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
               SSL_CTX_set_max_proto_version(context, settings.newest_version) == 1,
           "context");

    auto pattern = (std::filesystem::temp_directory_path() / "busbar-tls-XXXXXX").string();
    expect(::mkdtemp(pattern.data()) != nullptr, "folder");
    folder_ = pattern;
    certificate_file_ = folder_ / "certificate.pem";
    const std::unique_ptr<std::FILE, freeing<std::fclose>> file{std::fopen(certificate_file_.c_str(), "w")};
    expect(file && PEM_write_X509(file.get(), certificate.get()) == 1, "file");

    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    over_ = ::eventfd(0, EFD_CLOEXEC);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    expect(::bind(listener_, std::bit_cast<const sockaddr*>(&address), size) == 0 && ::listen(listener_, 16) == 0 &&
               ::getsockname(listener_, std::bit_cast<sockaddr*>(&address), &size) == 0,
           "socket");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { work(); }};
}

tls_server::~tls_server() {
    (void)::eventfd_write(over_, 1);
    thread_.join();
    ::close(listener_);
    ::close(over_);
    std::filesystem::remove_all(folder_);
}

broker_address tls_server::address(const std::string& host) const {
    auto address = broker_;
    address.has_tls = true;
    address.host = host;
    address.port = port_;
    address.ca_file = certificate_file_;
    return address;
}

void tls_server::work() {
    // OpenSSL writes to a client that has gone without MSG_NOSIGNAL.
    sigset_t broken_pipe{};
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    while (true) {
        std::array<pollfd, 2> entries{
            {{.fd = over_, .events = POLLIN, .revents = 0}, {.fd = listener_, .events = POLLIN, .revents = 0}}};
        if (::poll(entries.data(), entries.size(), -1) < 0) continue;
        if (entries[0].revents != 0) return;
        const auto client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        serve(client);
        ::close(client);
    }
}

void tls_server::serve(int client) {
    const ssl_pointer ssl{SSL_new(state_->context.get())};
    SSL_set_fd(ssl.get(), client);
    if (SSL_accept(ssl.get()) != 1) return;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(broker_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto broker = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_open = ::connect(broker, std::bit_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    while (is_open) {
        std::array<pollfd, 3> entries{{{.fd = over_, .events = POLLIN, .revents = 0},
                                       {.fd = client, .events = POLLIN, .revents = 0},
                                       {.fd = broker, .events = POLLIN, .revents = 0}}};
        if (::poll(entries.data(), entries.size(), -1) < 0) continue;
        if (entries[0].revents != 0) break;
        if (entries[1].revents != 0) is_open = copy_to_broker(ssl.get(), broker);
        if (entries[2].revents != 0) is_open = is_open && copy_to_client(broker, ssl.get());
    }
    ::close(broker);
}

}  // namespace bus::amqp::test
