#pragma once

#include <algorithm>
#include <array>
#include <bus/message_bus.hpp>
#include <bus/publish.hpp>
#include <filesystem>
#include <harness/co_test.hpp>
#include <harness/samples.hpp>
#include <harness/world.hpp>
#include <stdexcept>
#include <storage/database.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// What holds for every message of a part, made from one list of its types:
//
//     BUSBAR_MESSAGE_TESTS(registration, registration::register_user, registration::user_registered, …)
//
// compares the wire format with tests/wire_format.json (BUSBAR_UPDATE_WIRE_FORMAT=1 writes it anew; a changed file is a
// changed contract), and the list with the messages that the part's headers declare.
namespace harness {

template <class... Messages>
struct message_list {};

struct declared_message {
    std::string name;
    std::int64_t version = 0;
    bool operator==(const declared_message&) const = default;
    auto operator<=>(const declared_message&) const = default;
};

// As include/ of the part says.
[[nodiscard]] std::vector<declared_message> declared_messages(const std::filesystem::path& part);
// Fails the test that runs where the file says something else.
void expect_wire_format(const std::filesystem::path& part, const nlohmann::ordered_json& format);

template <class T>
[[nodiscard]] nlohmann::ordered_json wire_format_of() {
    auto value = make_sample<T>(sample::usual);
    nlohmann::ordered_json format;
    if constexpr (bus::request_message<T>)
        format["kind"] = "request";
    else
        format["kind"] = bus::event_message<T> ? "event" : "signal";
    format["name"] = T::message.name;
    format["version"] = T::message.version;
    if constexpr (bus::event_message<T>) format["key"] = value.key();
    format["message"] = bus::to_json(value);
    if constexpr (bus::request_message<T>)
        format["answer"] = bus::to_json(make_sample<bus::answer_of<T>>(sample::usual));
    return format;
}

// As it is after a way over the wire.
template <class T>
[[nodiscard]] T over_the_wire(const T& value) {
    return bus::decode<T>(bus::encode(value), bus::reading::input).value();
}

template <class T>
void expect_to_survive_the_wire() {
    for (const auto kind : good_samples) {
        const auto value = make_sample<T>(kind);
        EXPECT_TRUE(is_same(over_the_wire(value), value)) << T::message.name << ", sample " << static_cast<int>(kind);
        if constexpr (bus::request_message<T>) {
            const auto answer = make_sample<bus::answer_of<T>>(kind);
            EXPECT_TRUE(is_same(over_the_wire(answer), answer))
                << "answer of " << T::message.name << ", sample " << static_cast<int>(kind);
        }
    }
}

template <class T>
void expect_bad_values_to_be_refused(std::string_view name) {
    if constexpr (has_field<T, is_text>()) {
        EXPECT_THROW((void)bus::encode(make_sample<T>(sample::invalid_utf8)), std::invalid_argument) << name;
        auto text = bus::encode(make_sample<T>(sample::usual));
        text.replace(text.find("the "), 3, "\xff\xff\xff");
        EXPECT_FALSE(bus::decode<T>(text, bus::reading::newer_version).has_value()) << name;
    }
    if constexpr (has_field<T, std::is_floating_point>())
        EXPECT_THROW((void)bus::encode(make_sample<T>(sample::not_a_number)), std::invalid_argument) << name;
}

// What a handler of another module gets when each good sample of an event is published.
template <bus::event_message E>
core::awaitable<std::vector<E>> delivered(bool wire_mode) {
    world world{medium::memory};
    const auto settings = [&world](std::string_view name) {
        return storage::database_settings{.folder = world.folder.path(), .name = std::string{name}, .migrations = {}};
    };
    const auto owner = bus::owner_of(E::message.name);
    storage::database source{world.runtime, settings(owner)};
    storage::database own{world.runtime, settings("listener")};
    bus::message_bus bus{world.runtime, bus::settings{.wire_mode = wire_mode}};
    (void)bus.attach(std::string{owner}, &source);
    std::vector<E> got;
    const auto keep = [&got](const E& event, bus::delivery&) -> core::awaitable<void> {
        got.push_back(event);
        co_return;
    };
    bus.attach("listener", &own).on("listener", 1).template event<E>(keep);
    bus.start();

    co_await source.write({}, [](storage::transaction& transaction) {
        for (const auto kind : good_samples) bus::publish(transaction, make_sample<E>(kind));
    });
    co_await eventually([&bus] { return bus.is_quiet(); });

    co_await bus.stop(core::monotonic_time::max());
    source.stop();
    own.stop();
    co_await settle();
    co_return got;
}

template <class T>
core::awaitable<void> expect_the_same_in_both_modes() {
    if constexpr (bus::event_message<T>) {
        const auto objects = co_await delivered<T>(false);
        const auto decoded = co_await delivered<T>(true);
        EXPECT_EQ(objects.size(), std::size(good_samples)) << T::message.name;
        EXPECT_EQ(decoded.size(), std::size(good_samples)) << T::message.name;
        for (std::size_t i = 0; i < objects.size() && i < decoded.size(); ++i) {
            EXPECT_TRUE(is_same(objects[i], decoded[i])) << T::message.name << ", sample " << i;
            EXPECT_TRUE(is_same(objects[i], make_sample<T>(good_samples[i]))) << T::message.name << ", sample " << i;
        }
    }
    co_return;
}

template <class... Messages>
void expect_a_complete_list(const std::filesystem::path& part, message_list<Messages...>) {
    std::vector<declared_message> listed{{std::string{Messages::message.name}, Messages::message.version}...};
    std::ranges::sort(listed);
    auto declared = declared_messages(part);
    std::ranges::sort(declared);
    EXPECT_EQ(listed.size(), declared.size());
    for (const auto& message : declared)
        EXPECT_TRUE(std::ranges::binary_search(listed, message)) << message.name << " is not in the list of this test";
}

template <class... Messages>
void expect_golden_wire_format(const std::filesystem::path& part, message_list<Messages...>) {
    auto format = nlohmann::ordered_json::array();
    (format.push_back(wire_format_of<Messages>()), ...);
    expect_wire_format(part, format);
}

template <class T>
void expect_bad_message_to_be_refused() {
    expect_bad_values_to_be_refused<T>(T::message.name);
    if constexpr (bus::request_message<T>) expect_bad_values_to_be_refused<bus::answer_of<T>>(T::message.name);
}

template <class... Messages>
void expect_all_to_survive_the_wire(message_list<Messages...>) {
    (expect_to_survive_the_wire<Messages>(), ...);
}

template <class... Messages>
void expect_all_bad_values_to_be_refused(message_list<Messages...>) {
    (expect_bad_message_to_be_refused<Messages>(), ...);
}

template <class... Messages>
core::awaitable<void> expect_all_the_same_in_both_modes(message_list<Messages...>) {
    (co_await expect_the_same_in_both_modes<Messages>(), ...);
}

}  // namespace harness

#define BUSBAR_MESSAGE_TESTS(part, ...)                                                               \
    TEST(part##_messages, are_all_listed_here) {                                                      \
        harness::expect_a_complete_list(BUSBAR_PART_FOLDER, harness::message_list<__VA_ARGS__>{});    \
    }                                                                                                 \
    TEST(part##_messages, keep_their_wire_format) {                                                   \
        harness::expect_golden_wire_format(BUSBAR_PART_FOLDER, harness::message_list<__VA_ARGS__>{}); \
    }                                                                                                 \
    TEST(part##_messages, survive_the_wire) {                                                         \
        harness::expect_all_to_survive_the_wire(harness::message_list<__VA_ARGS__>{});                \
    }                                                                                                 \
    TEST(part##_messages, hold_nothing_that_json_cannot) {                                            \
        harness::expect_all_bad_values_to_be_refused(harness::message_list<__VA_ARGS__>{});           \
    }                                                                                                 \
    CO_TEST(part##_messages, reach_handlers_alike_as_objects_and_over_the_wire) {                     \
        co_await harness::expect_all_the_same_in_both_modes(harness::message_list<__VA_ARGS__>{});    \
    }
