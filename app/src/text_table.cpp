#include "text_table.hpp"

#include <algorithm>
#include <core/unprintable.hpp>

namespace app {
namespace {

constexpr std::size_t gap = 2;

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    while (!text.empty()) {
        const auto bad = core::unprintable(text);
        for (std::size_t i = 0; i < bad; ++i) {
            const auto byte = static_cast<unsigned char>(text[i]);
            result.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
        }
        if (bad == 0) result += text.front();
        text.remove_prefix(std::max<std::size_t>(bad, 1));
    }
    return result;
}

std::string printable_lines(std::string_view text, std::string_view indent) {
    std::string lines;
    do {
        const auto end = std::min(text.find('\n'), text.size());
        lines += std::string{indent} + printable(text.substr(0, end)) + '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    } while (!text.empty());
    return lines;
}

text_table::text_table(std::vector<std::string> titles) { rows_.push_back(std::move(titles)); }

void text_table::add(std::vector<std::string> row) {
    for (auto& cell : row) cell = printable(cell);
    rows_.push_back(std::move(row));
}

std::string text_table::line(const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
        text += row[i];
        if (i + 1 == row.size()) break;
        const auto width = width_of(row[i]);
        text.append((widths[i] > width ? widths[i] - width : 0) + gap, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

std::string text_table::text(const std::vector<std::size_t>& least) const {
    auto widths = least;
    widths.resize(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    std::string text;
    for (const auto& row : rows_) text += line(row, widths);
    return text;
}

}  // namespace app
