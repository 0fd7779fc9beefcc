#include <algorithm>
#include <charconv>
#include <cmath>
#include <core/log.hpp>
#include <core/unprintable.hpp>
#include <core/utf8.hpp>
#include <cstdio>

namespace core {
namespace {

// Of one character in UTF-8, of at most three bytes.
unsigned code_point_of(std::string_view bytes) {
    const auto bits = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]) & 0x3fU; };
    if (bytes.size() == 1) return static_cast<unsigned char>(bytes[0]);
    if (bytes.size() == 2) return (bits(0) & 0x1fU) << 6U | bits(1);
    return (bits(0) & 0x0fU) << 12U | bits(1) << 6U | bits(2);
}

bool is_plain(char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; }

// Bytes that are no text become U+FFFD: a lone one may be a terminal's control character in eight bits.
void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, &is_plain) - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        std::size_t taken = unprintable(text);
        if (taken > 0) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", code_point_of(text.substr(0, taken)));
            out += escape.data();
        } else if (taken = utf8_sequence(text); taken > 0) {
            if (text.front() == '"' || text.front() == '\\') out += '\\';
            out += text.substr(0, taken);
        } else {
            out += "\uFFFD";
            taken = 1;
        }
        text.remove_prefix(taken);
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text);
    out += '"';
}

void append_value(std::string& out, const log_value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return append_quoted(out, *text);
    if (const auto* truth = std::get_if<bool>(&value)) {
        out += *truth ? "true" : "false";
        return;
    }
    if (const auto* real = std::get_if<double>(&value); real != nullptr && !std::isfinite(*real)) {
        out += "null";
        return;
    }
    std::array<char, 32> digits{};
    const auto end = std::holds_alternative<double>(value)
                         ? std::to_chars(digits.begin(), digits.end(), std::get<double>(value)).ptr
                         : std::to_chars(digits.begin(), digits.end(), std::get<std::int64_t>(value)).ptr;
    out.append(digits.begin(), end);
}

void append_data(std::string& out, const std::vector<log_field>& data) {
    out += '{';
    for (const auto& field : data) {
        if (&field != &data.front()) out += ',';
        append_quoted(out, field.name);
        out += ':';
        append_value(out, field.value);
    }
    out += '}';
}

}  // namespace

std::string_view to_string(log_level level) {
    switch (level) {
        case log_level::debug:
            return "DEBUG";
        case log_level::info:
            return "INFO";
        case log_level::warning:
            return "WARNING";
        case log_level::error:
            return "ERROR";
    }
    return "ERROR";
}

std::optional<log_level> parse_log_level(std::string_view text) {
    for (const auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error}) {
        const auto name = to_string(level);
        const auto same = [](char a, char b) {
            return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
        };
        if (std::ranges::equal(text, name, same)) return level;
    }
    return std::nullopt;
}

log_level log_levels::of(std::string_view module) const {
    const auto found = own.find(module);
    return found == own.end() ? all : found->second;
}

std::atomic<log_level>& log_hub::find(std::string_view module) {
    const std::lock_guard lock{mutex_};
    const auto found = levels_.find(module);
    if (found != levels_.end()) return found->second;
    return levels_.try_emplace(std::string{module}, configured_.of(module)).first->second;
}

const std::atomic<log_level>& log_hub::place_of(std::string_view module) { return find(module); }

log_level log_hub::level_of(std::string_view module) { return find(module).load(std::memory_order_relaxed); }

void log_hub::set_level(std::string_view module, std::optional<log_level> level) {
    find(module).store(level.value_or(configured_.of(module)), std::memory_order_relaxed);
}

void log_hub::write(const log_entry& entry) noexcept {
    for (auto* sink : sinks_) sink->write(entry);
}

void logger::debug(std::string_view name, fields data, const origin& from) const {
    write(log_level::debug, name, std::move(data), from);
}

void logger::info(std::string_view name, fields data, const origin& from) const {
    write(log_level::info, name, std::move(data), from);
}

void logger::warning(std::string_view name, fields data, const origin& from) const {
    write(log_level::warning, name, std::move(data), from);
}

void logger::error(std::string_view name, fields data, const origin& from) const {
    write(log_level::error, name, std::move(data), from);
}

void logger::write(log_level level, std::string_view name, fields data, const origin& from) const {
    if (!enabled(level)) return;
    hub_->write({hub_->time().now(), level, module_, std::string{name}, std::move(data), from.trace.trace_id});
}

std::string format_text(const log_entry& entry) {
    std::string line = to_rfc3339(entry.time);
    line += ' ';
    line += to_string(entry.level);
    line.append(8 - to_string(entry.level).size(), ' ');
    append_escaped(line, entry.module);
    line += ": ";
    append_escaped(line, entry.name);
    for (const auto& field : entry.data) {
        line += "  ";
        append_escaped(line, field.name);
        line += '=';
        append_value(line, field.value);
    }
    if (!entry.trace_id.empty()) line += "  trace=" + entry.trace_id;
    return line;
}

std::string format_json(const log_entry& entry) {
    std::string line = R"({"time":")" + to_rfc3339(entry.time) + R"(","level":")";
    line += to_string(entry.level);
    line += R"(","module":)";
    append_quoted(line, entry.module);
    line += R"(,"name":)";
    append_quoted(line, entry.name);
    line += R"(,"data":)";
    append_data(line, entry.data);
    if (!entry.trace_id.empty()) line += R"(,"trace_id":")" + entry.trace_id + '"';
    return line + '}';
}

std::string format_data(const std::vector<log_field>& data) {
    std::string text;
    append_data(text, data);
    return text;
}

}  // namespace core
