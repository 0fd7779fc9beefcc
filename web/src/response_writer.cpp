#include "response_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace web {
namespace {

// Longer bodies go out from where they are, without a copy.
constexpr std::size_t longest_copied = 32 * 1024;

constexpr std::string_view for_every_answer =
    "Server: busbar\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

// RFC 6797. Not for subdomains: a name that is ours says nothing about who else has one below it.
constexpr std::string_view for_tls = "Strict-Transport-Security: max-age=31536000\r\n";

constexpr std::string_view for_pages =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()\r\n";

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append(digits.begin(), end);
}

// For values that are ours.
void append_known(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

// No answer is ever split in two, whatever a handler puts into a value.
void append_field(std::string& out, std::string_view name, std::string_view value) {
    const auto start = out.size() + name.size() + 2;
    append_known(out, name, value);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end() - 2,
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

}  // namespace

std::string_view date_field::at(core::timestamp now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (second == second_ && !text_.empty()) return text_;
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{second - day};
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                     days.at(std::chrono::weekday{day}.c_encoding()), static_cast<unsigned>(date.day()),
                                     months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                                     static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                     static_cast<int>(time.seconds().count()));
    second_ = second;
    text_.assign(text.data(), static_cast<std::size_t>(length));
    return text_;
}

std::string_view serialise(const response& answer, const delivery& how, std::string& out) {
    const std::string_view body = answer.file.empty() ? std::string_view{answer.body} : answer.file;
    const bool may_have_body = answer.status != 204 && answer.status != 304;
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(answer.status));
    out += ' ';
    out += reason_phrase(answer.status);
    out += "\r\n";
    append_known(out, "Date", how.date);
    out += for_every_answer;
    if (how.is_secure) out += for_tls;
    if (!answer.content_type.empty()) append_known(out, "Content-Type", answer.content_type);
    if (answer.content_type.starts_with("text/html")) out += for_pages;
    append_known(out, "Referrer-Policy", answer.referrer_policy);
    append_known(out, "Cache-Control", answer.cache_control);
    append_known(out, "X-Trace-Id", how.trace_id);
    for (const auto& [name, value] : answer.headers) append_field(out, name, value);
    // Without a length the body ends with the connection (RFC 9112, section 6.3).
    if (may_have_body && !answer.pieces) {
        out += "Content-Length: ";
        append_number(out, body.size());
        out += "\r\n";
    }
    if (!how.keep_alive) out += "Connection: close\r\n";
    out += "\r\n";
    if (!may_have_body || how.without_body) return {};
    if (body.size() > longest_copied) return body;
    out += body;
    return {};
}

}  // namespace web
