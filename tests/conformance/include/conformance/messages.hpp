#pragma once

#include <bus/message.hpp>
#include <cstdint>
#include <string>
#include <vector>

// What the modules of the suite say to each other.
namespace conformance {

inline constexpr auto producer = "producer";
inline constexpr auto consumer_1 = "consumer_1";
inline constexpr auto consumer_2 = "consumer_2";

struct happened {
    static constexpr auto message = bus::event("producer.happened", 1);
    std::string subject;
    std::int64_t number = 0;
    std::string text{};
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(happened, (), (subject, number, text))

// Of the same keys as the other.
struct ended {
    static constexpr auto message = bus::event("producer.ended", 1);
    std::string subject;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(ended, (), (subject, number))

// What the first consumer makes of it.
struct answered {
    static constexpr auto message = bus::event("consumer_1.answered", 1);
    std::string subject;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return subject; }
};
BOOST_DESCRIBE_STRUCT(answered, (), (subject, number))

struct tick {
    static constexpr auto message = bus::signal("producer.tick", 1);
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(tick, (), (number))

struct sum {
    std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(sum, (), (total))

struct add {
    static constexpr auto message = bus::request<sum>("consumer_1.add", 1);
    std::vector<std::int64_t> numbers{};
};
BOOST_DESCRIBE_STRUCT(add, (), (numbers))

// May be asked again.
struct look {
    static constexpr auto message = bus::request<sum>("consumer_1.look", 1, bus::repetition::harmless);
};
BOOST_DESCRIBE_STRUCT(look, (), ())

// Answered by the second consumer, which the first one asks in its turn.
struct add_further {
    static constexpr auto message = bus::request<sum>("consumer_2.add_further", 1);
    std::vector<std::int64_t> numbers{};
};
BOOST_DESCRIBE_STRUCT(add_further, (), (numbers))

}  // namespace conformance
