#pragma once

#include <atomic>
#include <bus/amqp/broker_address.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bus::amqp::test {

// Stands between a link and the broker of the tests, on a port of its own, and fails as networks and brokers do. Until
// open() it refuses connections.
class gate {
public:
    gate();
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;
    ~gate();

    // The broker, as it is reached through the gate.
    [[nodiscard]] broker_address address() const;

    void open();
    // Ends all connections that stand.
    void cut();
    // A black hole: nothing is read any more, and nobody told. New connections are taken, and likewise not served.
    void hold();
    // As if the broker had said it. Between two frames only, so while the broker says nothing.
    void say_to_client(std::string bytes);
    // How often something came from the client.
    [[nodiscard]] int pieces_from_client() const { return pieces_; }

private:
    struct pair {
        int client = -1;
        int broker = -1;
    };

    void work();
    void obey();
    void accept_one();
    [[nodiscard]] bool forward(int from, int to) const;
    void close_pair(pair& ends) const;
    void wake() const;

    const broker_address broker_;
    int listener_ = -1;
    int wake_up_ = -1;
    std::uint16_t port_ = 0;
    std::vector<pair> pairs_;  // of the thread
    std::atomic<int> pieces_{0};
    std::atomic<bool> is_held_{false};
    std::atomic<bool> is_over_{false};
    std::mutex mutex_;
    bool is_to_cut_ = false;
    std::string words_;
    std::thread thread_;
};

}  // namespace bus::amqp::test
