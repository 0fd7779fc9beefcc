// What a mail alone is compared with: a mailer as it is usually written. A durable queue of RabbitMQ, a consumer that
// acknowledges each mail, an SMTP session for each, nothing on a disk of its own.
//
//     bare_mailer AMQP_URL SMTP_URL COUNT
//
// Publishes the next mail 20 ms after the one before has been sent, and prints when: seconds of the monotonic clock.

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr amqp_channel_t channel = 1;
// Mails come one by one, as those of Busbar that this is compared with: a rate, nothing is waited for.
constexpr std::chrono::milliseconds between_mails{20};
constexpr std::string_view queue = "bare.mails";
constexpr std::string_view mail =
    "From: no-reply@localhost\r\nTo: user1@example.org\r\nSubject: Bench\r\n\r\nA mail.\r\n";

amqp_bytes_t bytes_of(std::string_view text) { return {text.size(), const_cast<char*>(text.data())}; }

void require(bool is_well, const char* what) {
    if (!is_well) throw std::runtime_error{std::string{what} + " failed"};
}

class connection {
public:
    explicit connection(std::string url) {
        amqp_connection_info where{};
        require(amqp_parse_url(url.data(), &where) == AMQP_STATUS_OK, "reading the URL of the broker");
        require(amqp_socket_open(amqp_tcp_socket_new(state()), where.host, where.port) == AMQP_STATUS_OK, "connecting");
        require(amqp_login(state(), where.vhost, 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, where.user,
                           where.password)
                        .reply_type == AMQP_RESPONSE_NORMAL,
                "the login");
        amqp_channel_open(state(), channel);
        check("channel.open");
    }
    [[nodiscard]] amqp_connection_state_t state() const { return state_.get(); }
    void check(const char* what) const {
        require(amqp_get_rpc_reply(state()).reply_type == AMQP_RESPONSE_NORMAL, what);
    }

private:
    struct destroy {
        void operator()(amqp_connection_state_t state) const { amqp_destroy_connection(state); }
    };
    std::unique_ptr<std::remove_pointer_t<amqp_connection_state_t>, destroy> state_{amqp_new_connection()};
};

std::size_t read_some(char* buffer, std::size_t size, std::size_t count, void* rest) {
    auto& text = *static_cast<std::string_view*>(rest);
    const auto length = std::min(size * count, text.size());
    std::memcpy(buffer, text.data(), length);
    text.remove_prefix(length);
    return length;
}

void send(const std::string& server, std::string_view message) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> session{curl_easy_init(), &curl_easy_cleanup};
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> to{
        curl_slist_append(nullptr, "user1@example.org"), &curl_slist_free_all};
    curl_easy_setopt(session.get(), CURLOPT_URL, server.c_str());
    curl_easy_setopt(session.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(session.get(), CURLOPT_MAIL_FROM, "no-reply@localhost");
    curl_easy_setopt(session.get(), CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(session.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(session.get(), CURLOPT_READFUNCTION, &read_some);
    curl_easy_setopt(session.get(), CURLOPT_READDATA, &message);
    require(curl_easy_perform(session.get()) == CURLE_OK, "sending a mail");
}

void consume(const connection& broker, const std::string& server, int count, std::counting_semaphore<>& sent) {
    amqp_basic_consume(broker.state(), channel, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    broker.check("basic.consume");
    for (int i = 0; i < count; ++i) {
        amqp_envelope_t envelope{};
        amqp_maybe_release_buffers(broker.state());
        require(amqp_consume_message(broker.state(), &envelope, nullptr, 0).reply_type == AMQP_RESPONSE_NORMAL,
                "consuming");
        const auto& body = envelope.message.body;
        send(server, {static_cast<const char*>(body.bytes), body.len});
        require(amqp_basic_ack(broker.state(), channel, envelope.delivery_tag, 0) == AMQP_STATUS_OK, "basic.ack");
        amqp_destroy_envelope(&envelope);
        sent.release();
    }
}

// Either thread waits for the other.
void or_end(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        std::_Exit(1);
    }
}

void run(const std::string& broker_url, const std::string& server, int count) {
    const connection publisher{broker_url};
    const connection consumer{broker_url};
    amqp_queue_declare(consumer.state(), channel, bytes_of(queue), 0, 1, 0, 1, amqp_empty_table);
    consumer.check("queue.declare");
    std::counting_semaphore<> sent{0};
    const std::jthread mailer{[&] { or_end([&] { consume(consumer, server, count, sent); }); }};
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    for (int i = 0; i < count; ++i) {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        require(amqp_basic_publish(publisher.state(), channel, amqp_empty_bytes, bytes_of(queue), 0, 0, &properties,
                                   bytes_of(mail)) == AMQP_STATUS_OK,
                "basic.publish");
        sent.acquire();
        std::printf("%.9f\n", std::chrono::duration<double>(now).count());
        std::this_thread::sleep_for(between_mails);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "bare_mailer AMQP_URL SMTP_URL COUNT\n");
        return 64;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    or_end([&] { run(argv[1], argv[2], std::atoi(argv[3])); });
    return 0;
}
