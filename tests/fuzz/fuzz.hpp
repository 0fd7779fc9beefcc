#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string>
#include <string_view>

// What every fuzzer here has in common. A fuzzer is one function of bytes that ends with claims about what came out.
namespace fuzz {

// Ends the program when the claim is false; libFuzzer then keeps the bytes that led here.
inline void claim(bool holds, std::string_view what,
                  const std::source_location& where = std::source_location::current()) {
    if (holds) return;
    std::fprintf(stderr, "%s:%u: it does not hold that %.*s\n", where.file_name(), unsigned{where.line()},
                 static_cast<int>(what.size()), what.data());
    std::abort();
}

// Takes one decision after the other off the front of the bytes; when they are used up all decisions are 0.
class choices {
public:
    explicit choices(std::string_view bytes) : rest_{bytes} {}

    [[nodiscard]] std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    // Less than `end`, which is at most 256.
    [[nodiscard]] std::size_t below(std::size_t end) { return byte() % end; }
    [[nodiscard]] std::string_view line() {
        const auto end = rest_.find('\n');
        const auto line = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return line;
    }
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    [[nodiscard]] bool is_empty() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

}  // namespace fuzz

// What each fuzzer defines; `bytes` are gone when it returns.
void fuzz_one(std::string_view bytes);
