#include <core/unprintable.hpp>

namespace core {

std::size_t unprintable(std::string_view text) noexcept {
    const auto byte = [&text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    if (text.empty()) return 0;
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    // C1 controls (U+0080 to U+009F) move a terminal's cursor as well as ESC does.
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
    const bool is_mark = byte(0) == 0xE2 && byte(1) == 0x80 &&
                         (byte(2) == 0x8E || byte(2) == 0x8F || (byte(2) >= 0xA8 && byte(2) <= 0xAE));
    const bool is_isolate = byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
    return is_mark || is_isolate ? 3 : 0;
}

}  // namespace core
