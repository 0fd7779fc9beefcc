#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bus::amqp {

// The value of a header: what we write is text or a number; of what others may send, anything else is left out.
using header_value = std::variant<std::string_view, std::int64_t>;
using header = std::pair<std::string_view, header_value>;

// The headers of a message, in their order. All their text is in one piece of memory: each event has a dozen headers,
// and they go from one thread to another. What is read from it is valid until it is changed.
class wire_headers {
public:
    wire_headers() = default;
    wire_headers(std::initializer_list<header> headers);

    // For so many headers with so many bytes of names and text.
    void reserve(std::size_t headers, std::size_t bytes);
    void add(std::string_view name, header_value value);

    // The first of that name.
    [[nodiscard]] std::optional<header_value> find(std::string_view name) const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    // A range of `header`.
    [[nodiscard]] auto all() const {
        return entries_ | std::views::transform([this](const entry& entry) { return at(entry); });
    }
    // The same headers in the same order.
    [[nodiscard]] friend bool operator==(const wire_headers& one, const wire_headers& other) {
        return std::ranges::equal(one.all(), other.all());
    }

private:
    struct piece {
        std::size_t begin = 0;
        std::size_t size = 0;
    };
    struct entry {
        piece name;
        std::variant<std::int64_t, piece> value;
    };
    [[nodiscard]] piece keep(std::string_view text);
    [[nodiscard]] std::string_view text_of(piece piece) const {
        return std::string_view{text_}.substr(piece.begin, piece.size);
    }
    [[nodiscard]] header at(const entry& entry) const;

    std::string text_;
    std::vector<entry> entries_;
};

}  // namespace bus::amqp
