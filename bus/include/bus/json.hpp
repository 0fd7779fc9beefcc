#pragma once

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <bus/json_text.hpp>
#include <bus/message.hpp>
#include <core/clock.hpp>
#include <core/error.hpp>
#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// JSON of described structs, field by field in the order of the description.
namespace bus {

// What a reader does with fields that the description does not name, or that are missing.
enum class reading {
    input,          // of a person: both are errors
    newer_version,  // of a program that may know more: unknown fields are passed over
    older_version,  // of a program that knew less: what is missing keeps the value that the struct gives it
};

// What a writer does with text that is not UTF-8.
enum class broken_text {
    refused,   // throws std::invalid_argument
    replaced,  // by U+FFFD: for people, who have to see what there is
};

// Errors name each field by its path ("to[0]", "page.size") and say what was expected.
template <described T>
[[nodiscard]] std::expected<T, std::vector<core::field_error>> from_json(const nlohmann::json& json,
                                                                         reading policy = reading::input);

// Throws std::invalid_argument for numbers that JSON cannot hold.
template <described T>
[[nodiscard]] std::string encode(const T& value, broken_text policy = broken_text::refused);

// The same to be put into something larger; broken text is replaced.
template <described T>
[[nodiscard]] nlohmann::ordered_json to_json(const T& value);

// Reads an encoded message; broken JSON is an error of the field "".
template <described T>
[[nodiscard]] std::expected<T, std::vector<core::field_error>> decode(std::string_view text, reading policy);

// Elements that cannot be read are left out.
template <described T>
[[nodiscard]] std::vector<T> from_json_array(std::string_view text);

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public>;

// Without a tree of nodes in between, which would cost three allocations a field. What is not plain text or a whole
// number is left to the library.
void append_json(std::string& out, const nlohmann::json& value, broken_text policy);
void append_text(std::string& out, std::string_view text, broken_text policy);
void append_number(std::string& out, double number);
[[nodiscard]] nlohmann::json parse(std::string_view text);  // discarded() when broken

template <class T>
void write(std::string& out, const T& value, broken_text policy) {
    if constexpr (is_optional<T>) {
        if (value)
            write(out, *value, policy);
        else
            out += "null";
    } else if constexpr (is_vector<T>) {
        out += '[';
        for (const auto& element : value) {
            if (&element != value.data()) out += ',';
            write(out, element, policy);
        }
        out += ']';
    } else if constexpr (std::is_same_v<T, core::timestamp>) {
        append_text(out, core::to_rfc3339(value), policy);
    } else if constexpr (described<T>) {
        char before = '{';
        boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
            out += std::exchange(before, ',');
            out += '"';
            out += member.name;
            out += "\":";
            write(out, value.*member.pointer, policy);
        });
        if (before == '{') out += '{';
        out += '}';
    } else if constexpr (std::is_same_v<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
        out += std::to_string(value);
    } else if constexpr (std::is_floating_point_v<T>) {
        append_number(out, value);
    } else if constexpr (std::is_same_v<T, nlohmann::json>) {
        append_json(out, value, policy);
    } else if constexpr (std::is_same_v<T, json_text>) {
        out += value.text;
    } else {
        append_text(out, value, policy);
    }
}

// Collects what is wrong while a value is read.
struct problems {
    reading policy;
    std::vector<core::field_error> found{};
    void add(std::string path, std::string detail) { found.push_back({std::move(path), std::move(detail)}); }
};

inline std::string join(const std::string& path, std::string_view name) {
    return path.empty() ? std::string{name} : path + "." + std::string{name};
}

template <class T>
void read(const nlohmann::json& json, T& value, const std::string& path, problems& problems);

template <class T>
void read_object(const nlohmann::json& json, T& value, const std::string& path, problems& problems) {
    if (!json.is_object()) return problems.add(path, "must be an object");
    std::size_t known = 0;
    boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
        using type = std::remove_cvref_t<decltype(value.*member.pointer)>;
        const auto field = json.find(member.name);
        if (field != json.end()) {
            ++known;
            read(*field, value.*member.pointer, join(path, member.name), problems);
        } else if (!is_optional<type> && problems.policy != reading::older_version) {
            problems.add(join(path, member.name), "is required");
        }
    });
    if (known == json.size() || problems.policy != reading::input) return;
    for (const auto& field : json.items()) {
        bool is_known = false;
        boost::mp11::mp_for_each<members_of<T>>(
            [&](auto member) { is_known = is_known || field.key() == member.name; });
        if (!is_known) problems.add(join(path, field.key()), "is not a known field");
    }
}

template <class T>
void read(const nlohmann::json& json, T& value, const std::string& path, problems& problems) {
    if constexpr (is_optional<T>) {
        if (json.is_null())
            value.reset();
        else
            read(json, value.emplace(), path, problems);
    } else if constexpr (is_vector<T>) {
        if (!json.is_array()) return problems.add(path, "must be an array");
        value.resize(json.size());
        for (std::size_t i = 0; i < json.size(); ++i)
            read(json[i], value[i], path + "[" + std::to_string(i) + "]", problems);
    } else if constexpr (std::is_same_v<T, core::timestamp>) {
        const auto time = json.is_string() ? core::from_rfc3339(json.get_ref<const std::string&>()) : std::nullopt;
        if (!time) return problems.add(path, "must be a time such as 2026-01-31T12:00:00.000Z");
        value = *time;
    } else if constexpr (described<T>) {
        read_object(json, value, path, problems);
    } else if constexpr (std::is_same_v<T, nlohmann::json>) {
        value = json;
    } else if constexpr (std::is_same_v<T, json_text>) {
        value = json_text::of(json);
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!json.is_string()) return problems.add(path, "must be a string");
        value = json.get_ref<const std::string&>();
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!json.is_boolean()) return problems.add(path, "must be true or false");
        value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
        // A whole number beyond 63 bits is unsigned or a double in the parser's eyes; neither is one that we can hold.
        if (!json.is_number_integer() ||
            (json.is_number_unsigned() && json.get<std::uint64_t>() > std::uint64_t{INT64_MAX}))
            return problems.add(path, "must be a whole number");
        value = json.get<T>();
    } else {
        static_assert(std::is_floating_point_v<T>, "a message field has a type that JSON cannot carry");
        if (!json.is_number()) return problems.add(path, "must be a number");
        value = json.get<T>();
    }
}

}  // namespace detail

template <described T>
nlohmann::ordered_json to_json(const T& value) {
    return nlohmann::ordered_json::parse(encode(value, broken_text::replaced));
}

template <described T>
std::expected<T, std::vector<core::field_error>> from_json(const nlohmann::json& json, reading policy) {
    T value{};
    detail::problems problems{policy};
    detail::read_object(json, value, "", problems);
    if (!problems.found.empty()) return std::unexpected{std::move(problems.found)};
    return value;
}

template <described T>
std::string encode(const T& value, broken_text policy) {
    std::string out;
    detail::write(out, value, policy);
    return out;
}

template <described T>
std::expected<T, std::vector<core::field_error>> decode(std::string_view text, reading policy) {
    const auto json = detail::parse(text);
    if (json.is_discarded()) return std::unexpected{std::vector{core::field_error{"", "is not JSON"}}};
    return from_json<T>(json, policy);
}

template <described T>
std::vector<T> from_json_array(std::string_view text) {
    std::vector<T> elements;
    for (const auto& json : detail::parse(text))
        if (auto element = from_json<T>(json, reading::older_version)) elements.push_back(std::move(*element));
    return elements;
}

}  // namespace bus
