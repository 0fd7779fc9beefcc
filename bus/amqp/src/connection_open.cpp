// How a connection comes about: socket, TLS, sign-in.

#include <amqp_tcp_socket.h>
#include <fcntl.h>

#include <array>
#include <new>
#include <utility>

#include "broker_error.hpp"
#include "connection.hpp"
#include "library_types.hpp"
#include "tls.hpp"

namespace bus::amqp {
namespace {

constexpr int largest_frame = 131'072;  // what RabbitMQ offers too

amqp_table_entry_t text_entry(const char* name, std::string_view value) {
    amqp_table_entry_t entry{.key = amqp_cstring_bytes(name), .value = {}};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = bytes_of(value);
    return entry;
}

amqp_table_entry_t capability(const char* name) {
    amqp_table_entry_t entry{.key = amqp_cstring_bytes(name), .value = {}};
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

}  // namespace

connection::connection(connection_settings settings) : settings_{std::move(settings)}, state_{amqp_new_connection()} {
    if (!state_) throw std::bad_alloc{};
    const auto limit = as_timeval(settings_.limit);
    check_status("setting limits", amqp_set_handshake_timeout(state_.get(), &limit));
    check_status("setting limits", amqp_set_rpc_timeout(state_.get(), &limit));
}

void connection::open() {
    auto* const socket = new_socket();
    const auto limit = as_timeval(settings_.limit);
    const auto status = amqp_socket_open_noblock(socket, settings_.broker.host.c_str(), settings_.broker.port, &limit);
    if (status != AMQP_STATUS_OK) throw_unopened(status);
    socket_ = ::fcntl(amqp_get_sockfd(state_.get()), F_DUPFD_CLOEXEC, 0);
    if (socket_ < 0) throw broker_error{"no descriptor is left for the connection to " + place_of(settings_.broker)};
}

amqp_socket_t* connection::new_socket() {
    auto* const socket =
        settings_.broker.has_tls ? new_tls_socket(state_.get(), settings_.broker) : amqp_tcp_socket_new(state_.get());
    if (socket == nullptr) throw std::bad_alloc{};
    return socket;
}

void connection::throw_unopened(int status) const {
    const auto place = place_of(settings_.broker);
    switch (status) {
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
            throw broker_error{"the name of the broker " + place + " is not known: check the host"};
        case AMQP_STATUS_TIMEOUT:
            throw broker_error{"no broker answers at " + place + " within " + std::to_string(settings_.limit.count()) +
                               " ms"};
        case AMQP_STATUS_SOCKET_ERROR:
            throw broker_error{"no broker listens at " + place +
                               ": the connection was refused, or the host is out of reach"};
        default:
            break;
    }
    if (settings_.broker.has_tls)
        throw broker_error{"no connection with TLS to " + place + ": " + last_tls_failure(status)};
    throw_library_error("connecting", status);
}

void connection::sign_in() {
    std::array capabilities{capability("connection.blocked"), capability("consumer_cancel_notify"),
                            capability("publisher_confirms"), capability("basic.nack"),
                            capability("authentication_failure_close")};
    amqp_table_entry_t table{.key = amqp_cstring_bytes("capabilities"), .value = {}};
    table.value.kind = AMQP_FIELD_KIND_TABLE;
    table.value.value.table = {.num_entries = capabilities.size(), .entries = capabilities.data()};
    std::array properties{text_entry("product", "Busbar"), text_entry("connection_name", settings_.name), table};
    const amqp_table_t all{.num_entries = properties.size(), .entries = properties.data()};
    const auto& broker = settings_.broker;
    check_answer("the sign-in",
                 amqp_login_with_properties(state_.get(), broker.virtual_host.c_str(), AMQP_DEFAULT_MAX_CHANNELS,
                                            largest_frame, static_cast<int>(settings_.heartbeat.count()), &all,
                                            AMQP_SASL_METHOD_PLAIN, broker.user.c_str(), broker.password.c_str()));
}

}  // namespace bus::amqp
