#include "product_lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <bus/json_depth.hpp>
#include <cerrno>
#include <charconv>
#include <core/utf8.hpp>
#include <core/uuid.hpp>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace app {
namespace {

constexpr std::size_t read_at_a_time = 256UZ * 1024;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

std::uint64_t hex_of(std::string_view digits) {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return number;
}

}  // namespace

std::optional<line_chunk> product_lines::next() {
    line_chunk chunk{.first_line = lines_ + 1};
    std::string line;
    std::size_t taken = 0;
    while (taken < most_lines && chunk.text.size() < most_bytes && read_line(line)) {
        ++lines_;
        ++taken;
        take(line, chunk);
    }
    chunk.end = read_ - (buffer_.size() - used_);
    return taken > 0 ? std::optional{std::move(chunk)} : std::nullopt;
}

bool product_lines::fill() {
    buffer_.resize(read_at_a_time);
    used_ = 0;
    while (true) {
        const auto size = ::read(file_, buffer_.data(), buffer_.size());
        if (size < 0 && errno == EINTR) continue;
        buffer_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        if (size < 0) throw std::system_error{errno, std::generic_category()};
        read_ += buffer_.size();
        return size > 0;
    }
}

bool product_lines::read_line(std::string& line) {
    line.clear();
    bool is_begun = false;
    while (used_ < buffer_.size() || fill()) {
        is_begun = true;
        const auto end = buffer_.find('\n', used_);
        const auto piece = std::string_view{buffer_}.substr(used_, end - used_);
        line.append(piece.substr(0, longest_line + 2 - std::min(longest_line + 2, line.size())));
        used_ += piece.size();
        if (end == std::string::npos) continue;
        ++used_;
        return true;
    }
    return is_begun;
}

void product_lines::take(std::string_view line, line_chunk& chunk) const {
    if (lines_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_blank(line)) ++chunk.products;
    if (line.size() > longest_line)
        chunk.problems.push_back({lines_, "is longer than " + std::to_string(longest_line / 1024) + " KiB"});
    else if (!core::is_valid_utf8(line))
        chunk.problems.push_back({lines_, "is not UTF-8"});
    else
        chunk.text += line;
    chunk.text += '\n';
}

void line_checker::check(line_chunk& chunk) {
    std::string good;
    good.reserve(chunk.text.size());
    std::string_view rest{chunk.text};
    for (auto number = chunk.first_line; !rest.empty(); ++number) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        auto problem = problem_with(line, number);
        if (problem)
            chunk.problems.push_back({number, std::move(*problem)});
        else
            good += line;
        good += '\n';
    }
    chunk.text = std::move(good);
}

std::optional<std::string> line_checker::problem_with(std::string_view line, std::uint64_t number) {
    if (is_blank(line)) return std::nullopt;
    if (bus::is_nested_deeper(line, bus::deepest_message)) return "is not JSON of a product";
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded()) return "is not JSON";
    if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) return std::nullopt;
    auto text = json["id"].get<std::string>();
    if (!core::is_uuid(text)) return std::nullopt;
    std::erase(text, '-');
    const auto [known, is_new] = lines_.emplace(id{hex_of(text.substr(0, 16)), hex_of(text.substr(16))}, number);
    if (is_new) return std::nullopt;
    return "id is that of line " + std::to_string(known->second) + " too";
}

line_problem problem_in_file(const line_chunk& chunk, std::string_view field, std::string_view detail) {
    constexpr std::string_view before = "line ";
    std::uint64_t line = 0;
    if (!field.starts_with(before)) return {chunk.first_line, std::string{field} + " " + std::string{detail}};
    field.remove_prefix(before.size());
    const auto end = std::from_chars(field.data(), field.data() + field.size(), line).ptr;
    field.remove_prefix(static_cast<std::size_t>(end - field.data()));
    if (field.starts_with(": ")) field.remove_prefix(2);
    return {chunk.first_line + line - 1, std::string{field} + (field.empty() ? "" : " ") + std::string{detail}};
}

}  // namespace app
