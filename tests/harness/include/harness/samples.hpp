#pragma once

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <bus/json.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Values of described structs, made from their description, so that no field of no message is forgotten.
namespace harness {

enum class sample {
    usual,
    empty,
    largest,
    smallest,
    utf8,          // of one to four bytes, and all that JSON escapes
    invalid_utf8,  // in each string: it must not get onto the wire
    not_a_number,  // in each floating-point field: likewise
};

// Those that a message must survive.
inline constexpr sample good_samples[] = {sample::usual, sample::empty, sample::largest, sample::smallest,
                                          sample::utf8};

namespace detail {

[[nodiscard]] std::string sample_text(sample kind, std::string_view field);
[[nodiscard]] nlohmann::json sample_json(sample kind);
[[nodiscard]] core::timestamp sample_time(sample kind);

// `most`: elements of a list. Lists in lists have few, or the largest sample would be enormous.
template <class T>
void fill(T& value, sample kind, std::string_view field, std::size_t most = 5) {
    if constexpr (bus::detail::is_optional<T>) {
        if (kind != sample::empty) fill(value.emplace(), kind, field, most);
    } else if constexpr (bus::detail::is_vector<T>) {
        value.resize(kind == sample::empty ? 0 : kind == sample::largest ? most : 1);
        for (auto& element : value) fill(element, kind, field, 2);
    } else if constexpr (std::is_same_v<T, core::timestamp>) {
        value = sample_time(kind);
    } else if constexpr (std::is_same_v<T, nlohmann::json>) {
        value = sample_json(kind);
    } else if constexpr (std::is_same_v<T, bus::json_text>) {
        value = bus::json_text::of(sample_json(kind));
    } else if constexpr (bus::described<T>) {
        boost::mp11::mp_for_each<bus::detail::members_of<T>>(
            [&](auto member) { fill(value.*member.pointer, kind, member.name, most); });
    } else if constexpr (std::is_same_v<T, std::string>) {
        value = sample_text(kind, field);
    } else if constexpr (std::is_same_v<T, bool>) {
        value = kind != sample::empty;
    } else {
        using limits = std::numeric_limits<T>;
        value = kind == sample::empty ? T{0} : kind == sample::largest ? limits::max() : T{1};
        if (kind == sample::smallest) value = limits::lowest();
        if constexpr (std::is_floating_point_v<T>)
            if (kind == sample::not_a_number) value = limits::quiet_NaN();
    }
}

}  // namespace detail

template <bus::described T>
[[nodiscard]] T make_sample(sample kind) {
    T value{};
    detail::fill(value, kind, "");
    return value;
}

// Field by field: messages need no operator== of their own.
template <class T>
[[nodiscard]] bool is_same(const T& one, const T& other) {
    if constexpr (bus::detail::is_optional<T>) {
        return one.has_value() == other.has_value() && (!one || is_same(*one, *other));
    } else if constexpr (bus::detail::is_vector<T>) {
        if (one.size() != other.size()) return false;
        for (std::size_t i = 0; i < one.size(); ++i)
            if (!is_same(one[i], other[i])) return false;
        return true;
    } else if constexpr (!std::is_same_v<T, nlohmann::json> && bus::described<T>) {
        bool same = true;
        boost::mp11::mp_for_each<bus::detail::members_of<T>>(
            [&](auto member) { same = same && is_same(one.*member.pointer, other.*member.pointer); });
        return same;
    } else {
        return one == other;
    }
}

// Whether a field of this type is anywhere in T.
template <class T, template <class> class Is>
[[nodiscard]] constexpr bool has_field() {
    if constexpr (bus::detail::is_optional<T> || bus::detail::is_vector<T>) {
        return has_field<typename T::value_type, Is>();
    } else if constexpr (Is<T>::value) {
        return true;
    } else if constexpr (bus::described<T>) {
        bool found = false;
        boost::mp11::mp_for_each<bus::detail::members_of<T>>([&](auto member) {
            using field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
            found = found || has_field<field, Is>();
        });
        return found;
    } else {
        return false;
    }
}

template <class T>
struct is_text : std::is_same<T, std::string> {};

}  // namespace harness
