#include <array>
#include <core/hex.hpp>
#include <core/trace.hpp>
#include <core/uuid.hpp>
#include <cstdint>
#include <span>

namespace core {
namespace {

template <std::size_t Words>
std::string random_id() {
    std::array<std::uint64_t, Words> words{};
    for (auto& word : words) word = random_word();
    words[0] |= 1;  // all zero is not an id
    return to_hex(std::as_bytes(std::span{words}));
}

bool is_id(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
           text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

trace_context trace_context::start() { return {random_id<2>(), random_id<1>()}; }

std::optional<trace_context> trace_context::parse(std::string_view traceparent) {
    constexpr std::size_t length = 55;
    if (traceparent.size() < length || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-')
        return std::nullopt;
    const auto version = traceparent.substr(0, 2);
    const auto flags = traceparent.substr(53, 2);
    constexpr auto hex = "0123456789abcdef";
    if (version.find_first_not_of(hex) != std::string_view::npos || version == "ff") return std::nullopt;
    if (flags.find_first_not_of(hex) != std::string_view::npos) return std::nullopt;
    // A later version may have more after a dash; version 00 has not.
    if (traceparent.size() > length && (version == "00" || traceparent[length] != '-')) return std::nullopt;
    const auto trace_id = traceparent.substr(3, 32);
    const auto span_id = traceparent.substr(36, 16);
    if (!is_id(trace_id) || !is_id(span_id)) return std::nullopt;
    // Of the flags only the lowest bit says anything; the last digit has it.
    const bool sampled = (static_cast<unsigned>(flags[1] <= '9' ? flags[1] - '0' : flags[1] - 'a' + 10) & 1U) != 0;
    return trace_context{std::string{trace_id}, std::string{span_id}, sampled};
}

trace_context trace_context::child() const {
    return trace_id.empty() ? start() : trace_context{trace_id, random_id<1>(), sampled};
}

std::string trace_context::traceparent() const {
    return trace_id.empty() ? std::string{} : "00-" + trace_id + "-" + span_id + (sampled ? "-01" : "-00");
}

}  // namespace core
