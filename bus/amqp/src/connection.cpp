#include "connection.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

#include "broker_error.hpp"
#include "library_types.hpp"
#include "tls.hpp"

namespace bus::amqp {
namespace {

std::vector<amqp_table_entry_t> arguments_of(const queue& declared) {
    std::vector<amqp_table_entry_t> entries;
    for (const auto& [name, value] : declared.arguments) {
        amqp_table_entry_t entry{.key = bytes_of(name), .value = {}};
        if (const auto* text = std::get_if<std::string>(&value)) {
            entry.value.kind = AMQP_FIELD_KIND_UTF8;
            entry.value.value.bytes = bytes_of(*text);
        } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
            entry.value.kind = AMQP_FIELD_KIND_I64;
            entry.value.value.i64 = *number;
        } else {
            entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
            entry.value.value.boolean = std::get<bool>(value) ? 1 : 0;
        }
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace

connection::~connection() {
    state_.reset();
    if (socket_ >= 0) ::close(socket_);
}

void connection::open_channel(channel_number channel) {
    amqp_channel_open(state_.get(), channel);
    check_answer("channel.open");
}

void connection::select_confirms(channel_number channel) {
    amqp_confirm_select(state_.get(), channel);
    check_answer("confirm.select");
}

void connection::declare(channel_number channel, const exchange& declared) {
    amqp_exchange_declare(state_.get(), channel, bytes_of(declared.name), bytes_of(declared.type), 0, 1, 0, 0,
                          amqp_empty_table);
    check_answer("exchange.declare");
}

void connection::declare(channel_number channel, const queue& declared) {
    auto arguments = arguments_of(declared);
    amqp_queue_declare(state_.get(), channel, bytes_of(declared.name), 0, 1, 0, 0,
                       {.num_entries = static_cast<int>(arguments.size()), .entries = arguments.data()});
    check_answer("queue.declare");
}

void connection::bind(channel_number channel, const binding& bound) {
    amqp_queue_bind(state_.get(), channel, bytes_of(bound.queue), bytes_of(bound.exchange), bytes_of(bound.routing_key),
                    amqp_empty_table);
    check_answer("queue.bind");
}

void connection::consume(channel_number channel, const consumer_plan& plan) {
    if (!plan.no_ack) {
        amqp_basic_qos(state_.get(), channel, 0, plan.prefetch, 0);
        check_answer("basic.qos");
    }
    amqp_basic_consume(state_.get(), channel, bytes_of(plan.queue), amqp_empty_bytes, 0, plan.no_ack ? 1 : 0, 0,
                       amqp_empty_table);
    check_answer("basic.consume");
}

void connection::publish(channel_number channel, const wire_message& message,
                         std::optional<std::uint64_t> publish_tag) {
    check_status("basic.publish", amqp_basic_publish(state_.get(), channel, bytes_of(message.exchange),
                                                     bytes_of(message.routing_key), message.is_mandatory ? 1 : 0, 0,
                                                     &properties_.of(message, publish_tag), bytes_of(message.body)));
}

void connection::acknowledge(channel_number channel, std::uint64_t tag, bool is_multiple) {
    check_status("basic.ack", amqp_basic_ack(state_.get(), channel, tag, is_multiple ? 1 : 0));
}

void connection::send(channel_number channel, amqp_method_number_t method, void* arguments) {
    check_status("a method", amqp_send_method(state_.get(), channel, method, arguments));
}

bool connection::is_writable(std::chrono::milliseconds limit) const {
    pollfd entry{.fd = socket_, .events = POLLOUT, .revents = 0};
    return ::poll(&entry, 1, static_cast<int>(limit.count())) == 1;
}

std::optional<amqp_frame_t> connection::next_frame() {
    amqp_frame_t frame{};
    const struct timeval at_once{};
    const auto status = amqp_simple_wait_frame_noblock(state_.get(), &frame, &at_once);
    if (status == AMQP_STATUS_TIMEOUT) return std::nullopt;
    check_status("reading", status);
    return frame;
}

void connection::release(channel_number channel) { amqp_maybe_release_buffers_on_channel(state_.get(), channel); }

void connection::close(std::chrono::milliseconds limit) noexcept {
    const auto end = std::chrono::steady_clock::now() + limit;
    // A socket that is closed with something unread takes back what the broker has not read yet.
    if (!is_writable(limit)) return;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    // Zero would be "for ever".
    const auto time = as_timeval(std::max(left, std::chrono::milliseconds{1}));
    if (amqp_set_rpc_timeout(state_.get(), &time) != AMQP_STATUS_OK) return;
    // Whatever comes of it, the socket is closed next.
    (void)amqp_connection_close(state_.get(), AMQP_REPLY_SUCCESS);
}

void connection::check_status(const char* what, int status) const {
    if (status != AMQP_STATUS_OK) throw_library_error(what, status);
}

void connection::check_answer(const char* question) const { check_answer(question, amqp_get_rpc_reply(state_.get())); }

void connection::check_answer(const char* question, const amqp_rpc_reply_t& reply) const {
    switch (reply.reply_type) {
        case AMQP_RESPONSE_NORMAL:
            return;
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            fail_closed(reply.reply);
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            throw_library_error(question, reply.library_error);
        default:
            throw_library_error(question, AMQP_STATUS_CONNECTION_CLOSED);
    }
}

void connection::throw_library_error(const char* what, int status) const {
    const auto place = "the broker at " + place_of(settings_.broker);
    switch (status) {
        case AMQP_STATUS_TIMEOUT:
            throw broker_error{place + " did not answer " + what + " within " +
                               std::to_string(settings_.limit.count()) + " ms"};
        case AMQP_STATUS_HEARTBEAT_TIMEOUT:
            throw broker_error{place + " has said nothing for " + std::to_string(2 * settings_.heartbeat.count()) +
                               " s, not even a heartbeat"};
        case AMQP_STATUS_CONNECTION_CLOSED:
        case AMQP_STATUS_SOCKET_ERROR:
        case AMQP_STATUS_SOCKET_CLOSED:
            throw broker_error{place + " closed the connection without a word (at " + what + ")"};
        case AMQP_STATUS_SSL_ERROR:
            throw broker_error{"the connection to " + place_of(settings_.broker) + " broke (at " + what +
                               "): " + last_tls_failure(status)};
        default:
            throw broker_error{"the connection to " + place_of(settings_.broker) + " broke (at " + what +
                               "): " + amqp_error_string2(status)};
    }
}

void connection::fail_closed(const amqp_method_t& method) const {
    broker_close close;
    const auto read = [&close](const auto& closed) {
        close = {.code = closed.reply_code,
                 .text = std::string{text_of(closed.reply_text)},
                 .class_id = closed.class_id,
                 .method_id = closed.method_id};
    };
    if (method.id == AMQP_CHANNEL_CLOSE_METHOD)
        read(*static_cast<const amqp_channel_close_t*>(method.decoded));
    else if (method.id == AMQP_CONNECTION_CLOSE_METHOD)
        read(*static_cast<const amqp_connection_close_t*>(method.decoded));
    throw broker_error{explain(close, settings_.broker)};
}

}  // namespace bus::amqp
