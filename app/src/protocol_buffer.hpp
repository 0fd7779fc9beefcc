#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// As much of the encoding of protocol buffers as OTLP needs:
// https://protobuf.dev/programming-guides/encoding/
namespace app {

class protocol_buffer {
public:
    void add_number(std::uint32_t field, std::uint64_t value) {
        add_tag(field, varint);
        add_varint(value);
    }
    void add_fixed32(std::uint32_t field, std::uint32_t value) {
        add_tag(field, fixed32);
        add_bytes<4>(value);
    }
    void add_fixed64(std::uint32_t field, std::uint64_t value) {
        add_tag(field, fixed64);
        add_bytes<8>(value);
    }
    // Text, bytes, or a message within this one.
    void add_text(std::uint32_t field, std::string_view value) {
        add_tag(field, length_delimited);
        add_varint(value.size());
        bytes_ += value;
    }
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

private:
    enum wire_type : std::uint32_t { varint = 0, fixed64 = 1, length_delimited = 2, fixed32 = 5 };
    friend class protocol_buffer_reader;

    void add_tag(std::uint32_t field, wire_type type) { add_varint(field << 3U | type); }
    void add_varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) bytes_ += static_cast<char>(value | 0x80U);
        bytes_ += static_cast<char>(value);
    }
    template <unsigned Count>
    void add_bytes(std::uint64_t value) {
        for (unsigned i = 0; i < Count; ++i) bytes_ += static_cast<char>(value >> (8 * i));
    }

    std::string bytes_;
};

// Field by field, in the order in which they are.
class protocol_buffer_reader {
public:
    explicit protocol_buffer_reader(std::string_view bytes) : rest_{bytes} {}

    struct field {
        std::uint64_t number = 0;
        std::uint64_t value = 0;  // of a varint or fixed number
        std::string_view text{};  // of anything else; as long as what is read
    };
    // Nothing at the end, and for what is broken: then is_broken().
    [[nodiscard]] std::optional<field> next() {
        if (rest_.empty()) return std::nullopt;
        const auto tag = take_varint();
        field found{.number = tag >> 3U};
        switch (tag & 7U) {
            case protocol_buffer::varint:
                found.value = take_varint();
                break;
            case protocol_buffer::fixed64:
                take(8);
                break;
            case protocol_buffer::fixed32:
                take(4);
                break;
            case protocol_buffer::length_delimited:
                found.text = take(take_varint());
                break;
            default:
                is_broken_ = true;
        }
        return is_broken_ ? std::nullopt : std::optional{found};
    }
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

private:
    std::string_view take(std::uint64_t size) {
        if (size > rest_.size()) {
            is_broken_ = true;
            return {};
        }
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    std::uint64_t take_varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = take(1);
            if (is_broken_) return 0;
            const auto bits = static_cast<unsigned char>(byte.front());
            value |= std::uint64_t{bits & 0x7fU} << shift;
            if ((bits & 0x80U) == 0) return value;
        }
        is_broken_ = true;
        return 0;
    }

    std::string_view rest_;
    bool is_broken_ = false;
};

}  // namespace app
