#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

// A message is a plain struct, described with BOOST_DESCRIBE_STRUCT, that says what it is in a static member `message`:
//
//     struct user_registered {
//         static constexpr auto message = bus::event("registration.user_registered", 1);
//         std::string user_id;
//         [[nodiscard]] const std::string& key() const { return user_id; }
//     };
//     BOOST_DESCRIBE_STRUCT(user_registered, (), (user_id))
//
// The name and the field names are the wire format; the C++ names of types are not.
namespace bus {

// The module that a name belongs to: "registration" of "registration.user_registered".
[[nodiscard]] constexpr std::string_view owner_of(std::string_view name) { return name.substr(0, name.find('.')); }

// A fact. Durable; none or many handlers; order is kept among events with the same key().
struct event {
    std::string_view name;
    std::int64_t version;
    constexpr event(std::string_view wire_name, std::int64_t wire_version) : name{wire_name}, version{wire_version} {}
};

enum class repetition { refused, harmless };

// Asks one handler for one answer. Where a repetition is harmless the bus may ask again after a lost connection.
template <class Answer>
struct request {
    using answer = Answer;
    std::string_view name;
    std::int64_t version;
    bool is_idempotent;
    constexpr request(std::string_view wire_name, std::int64_t wire_version, repetition again = repetition::refused)
        : name{wire_name}, version{wire_version}, is_idempotent{again == repetition::harmless} {}
};

// Best effort: bounded, the oldest is dropped and counted. Nothing that matters travels as a signal.
struct signal {
    std::string_view name;
    std::int64_t version;
    constexpr signal(std::string_view wire_name, std::int64_t wire_version) : name{wire_name}, version{wire_version} {}
};

// The answer of a request that has nothing to say but that it is done.
struct done {
    bool operator==(const done&) const = default;
};
BOOST_DESCRIBE_STRUCT(done, (), ())

template <class T>
concept described = boost::describe::has_describe_members<T>::value;

template <class T>
concept event_message =
    described<T> && std::same_as<std::remove_cvref_t<decltype(T::message)>, event> && requires(const T& t) {
        { t.key() } -> std::convertible_to<std::string>;
    };

template <class T>
concept signal_message = described<T> && std::same_as<std::remove_cvref_t<decltype(T::message)>, signal>;

template <class T>
concept request_message = described<T> && requires { typename std::remove_cvref_t<decltype(T::message)>::answer; };

template <request_message T>
using answer_of = typename std::remove_cvref_t<decltype(T::message)>::answer;

// Stands for a C++ type within one program run, so that an object that travels untyped is taken for what it is.
template <class T>
inline constexpr char type_tag = 0;

}  // namespace bus
