#pragma once

#include <amqp.h>

#include <bus/amqp/broker_address.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "topology.hpp"

namespace bus::amqp::test {

// The broker for the tests, from BUSBAR_TEST_AMQP. Throws when there is none.
[[nodiscard]] broker_address broker_for_tests();

// A name that no other test has.
[[nodiscard]] std::string unique_name(const std::string& kind);

// The library without anything of ours around it: what a test does to the broker behind the back of a link, and what
// the link is compared with. Throws std::runtime_error for whatever fails.
class bare_client {
public:
    explicit bare_client(const broker_address& broker = broker_for_tests());

    void declare(const queue& declared);
    void publish(const std::string& queue, const std::string& body);
    // Of all but what is with a consumer.
    void purge(const std::string& queue);
    void delete_queue(const std::string& name);
    void delete_exchange(const std::string& name);
    // Ready ones. The broker answers before it has put into the queue what is on its way there.
    [[nodiscard]] std::uint32_t count_messages(const std::string& queue);
    [[nodiscard]] amqp_connection_state_t state() const { return state_.get(); }
    void check(const char* what) const;

private:
    struct destroy {
        void operator()(amqp_connection_state_t state) const noexcept { amqp_destroy_connection(state); }
    };
    std::unique_ptr<amqp_connection_state_t_, destroy> state_;
};

// Names that a test uses; what they stand for is deleted at its end.
class own_names {
public:
    own_names() = default;
    own_names(const own_names&) = delete;
    own_names& operator=(const own_names&) = delete;
    ~own_names();

    [[nodiscard]] std::string queue();
    [[nodiscard]] std::string exchange();

private:
    std::vector<std::string> queues_;
    std::vector<std::string> exchanges_;
};

}  // namespace bus::amqp::test
