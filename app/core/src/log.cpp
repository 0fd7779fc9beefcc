#include <algorithm>
#include <charconv>
#include <core/log.hpp>
#include <cstdio>

namespace core {
namespace {

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

// C1 controls (U+0080 to U+009F) are two bytes in UTF-8 and move a terminal's cursor as well as ESC does.
bool is_c1(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]) == 0xc2 && at + 1 < text.size() &&
           static_cast<unsigned char>(text[at + 1]) >= 0x80 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

void append_escaped(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[i];
        } else if (is_control(byte) || is_c1(text, i)) {
            const unsigned code = is_control(byte) ? byte : static_cast<unsigned char>(text[++i]);
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", code);
            out += escape.data();
        } else {
            out += text[i];
        }
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
    std::array<char, 32> digits{};
    const auto end = std::holds_alternative<double>(value)
                         ? std::to_chars(digits.begin(), digits.end(), std::get<double>(value)).ptr
                         : std::to_chars(digits.begin(), digits.end(), std::get<std::int64_t>(value)).ptr;
    out.append(digits.begin(), end);
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
    if (!hub_->enabled(level)) return;
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
    line += R"(,"data":{)";
    for (const auto& field : entry.data) {
        if (&field != &entry.data.front()) line += ',';
        append_quoted(line, field.name);
        line += ':';
        append_value(line, field.value);
    }
    line += '}';
    if (!entry.trace_id.empty()) line += R"(,"trace_id":")" + entry.trace_id + '"';
    return line + '}';
}

}  // namespace core
