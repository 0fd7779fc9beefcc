#include "test_broker.hpp"

#include <amqp_tcp_socket.h>

#include <core/clock.hpp>
#include <core/uuid.hpp>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "library_types.hpp"

namespace bus::amqp::test {

broker_address broker_for_tests() {
    const auto* const url = std::getenv("BUSBAR_TEST_AMQP");
    if (url == nullptr || *url == '\0')
        throw std::runtime_error{
            "these tests need a RabbitMQ: run them through `python3 tests/rabbitmq.py run -- COMMAND`, which starts "
            "one "
            "and names it in BUSBAR_TEST_AMQP"};
    std::string text{url};
    amqp_connection_info info{};
    if (amqp_parse_url(text.data(), &info) != AMQP_STATUS_OK)
        throw std::runtime_error{"BUSBAR_TEST_AMQP is no URL of a broker: " + std::string{url}};
    return {.host = info.host,
            .port = static_cast<std::uint16_t>(info.port),
            .user = info.user,
            .password = info.password,
            .virtual_host = info.vhost};
}

std::string unique_name(const std::string& kind) {
    static const core::system_clock clock;
    static core::uuid_generator ids{clock};
    return "busbar-test." + kind + "." + ids.next();
}

bare_client::bare_client(const broker_address& broker) : state_{amqp_new_connection()} {
    auto* const socket = amqp_tcp_socket_new(state_.get());
    if (amqp_socket_open(socket, broker.host.c_str(), broker.port) != AMQP_STATUS_OK)
        throw std::runtime_error{"the broker of the tests does not listen"};
    const auto reply = amqp_login(state_.get(), broker.virtual_host.c_str(), 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN,
                                  broker.user.c_str(), broker.password.c_str());
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) throw std::runtime_error{"the broker of the tests lets nobody in"};
    amqp_channel_open(state_.get(), 1);
    check("channel.open");
}

void bare_client::check(const char* what) const {
    if (amqp_get_rpc_reply(state_.get()).reply_type != AMQP_RESPONSE_NORMAL)
        throw std::runtime_error{std::string{what} + " failed"};
}

void bare_client::declare(const queue& declared) {
    std::vector<amqp_table_entry_t> entries;
    for (const auto& [name, value] : declared.arguments) {
        amqp_table_entry_t entry{.key = bytes_of(name), .value = {}};
        entry.value.kind = AMQP_FIELD_KIND_UTF8;
        entry.value.value.bytes = bytes_of(std::get<std::string>(value));
        entries.push_back(entry);
    }
    amqp_queue_declare(state_.get(), 1, bytes_of(declared.name), 0, 1, 0, 0,
                       {.num_entries = static_cast<int>(entries.size()), .entries = entries.data()});
    check("queue.declare");
}

void bare_client::publish(const std::string& queue, const std::string& body) {
    if (amqp_basic_publish(state_.get(), 1, amqp_empty_bytes, bytes_of(queue), 0, 0, nullptr, bytes_of(body)) !=
        AMQP_STATUS_OK)
        throw std::runtime_error{"basic.publish failed"};
}

void bare_client::delete_queue(const std::string& name) {
    amqp_queue_delete(state_.get(), 1, bytes_of(name), 0, 0);
    check("queue.delete");
}

void bare_client::purge(const std::string& queue) {
    amqp_queue_purge(state_.get(), 1, bytes_of(queue));
    check("queue.purge");
}

void bare_client::delete_exchange(const std::string& name) {
    amqp_exchange_delete(state_.get(), 1, bytes_of(name), 0);
    check("exchange.delete");
}

std::uint32_t bare_client::count_messages(const std::string& queue) {
    const auto* const answer = amqp_queue_declare(state_.get(), 1, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
    check("queue.declare (passive)");
    return answer->message_count;
}

own_names::~own_names() {
    try {
        bare_client client;
        for (const auto& name : queues_) client.delete_queue(name);
        for (const auto& name : exchanges_) client.delete_exchange(name);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "cannot tidy up at the broker: %s\n", failure.what());
    }
}

std::string own_names::queue() { return queues_.emplace_back(unique_name("queue")); }

std::string own_names::exchange() { return exchanges_.emplace_back(unique_name("exchange")); }

}  // namespace bus::amqp::test
