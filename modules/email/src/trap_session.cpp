#include "trap_session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <core/email_address.hpp>
#include <optional>

#include "ascii.hpp"
#include "message.hpp"

namespace email {
namespace {

constexpr std::size_t longest_command = 2048;  // bytes with CRLF; the response to AUTH is the longest
constexpr std::size_t longest_line = 1000;     // of a message, with CRLF (RFC 5321, section 4.5.3.1.6)
constexpr int most_refusals = 20;
constexpr std::array<std::string_view, 6> http_methods{"post", "get", "put", "patch", "delete", "options"};

// The path after `FROM:` or `TO:`, and what stands behind it.
struct path_and_rest {
    std::string_view path;
    std::string_view rest;
};
std::optional<path_and_rest> split_path(std::string_view argument, std::string_view keyword) {
    if (ascii::to_lower(argument.substr(0, keyword.size())) != keyword) return std::nullopt;
    argument = ascii::trimmed(argument.substr(keyword.size()));  // a blank before the bracket is forgiven
    const auto end = argument.find('>');
    if (!argument.starts_with('<') || end == std::string_view::npos) return std::nullopt;
    const auto rest = argument.substr(end + 1);
    if (!rest.empty() && rest.front() != ' ') return std::nullopt;
    return path_and_rest{argument.substr(1, end - 1), ascii::trimmed(rest)};
}

// What is wrong with a parameter of MAIL; empty when nothing is.
std::string check_parameter(std::string_view parameter) {
    const auto text = ascii::to_lower(parameter);
    if (text == "body=7bit" || text == "body=8bitmime" || text == "smtputf8" || text.starts_with("auth=")) return {};
    constexpr std::string_view size = "size=";
    if (!text.starts_with(size)) return "555 a parameter that is not offered\r\n";
    std::size_t bytes = 0;
    const auto [end, failure] = std::from_chars(text.data() + size.size(), text.data() + text.size(), bytes);
    const bool is_number = end == text.data() + text.size() && end != text.data() + size.size();
    if (!is_number || failure == std::errc::invalid_argument) return "501 SIZE wants a number\r\n";
    if (failure == std::errc::result_out_of_range || bytes > trap_session::largest_message)
        return "552 the message is too large\r\n";
    return {};
}

bool is_host(std::string_view name) {
    return !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) {
        return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view{".-_:[]"}.contains(c);
    });
}

}  // namespace

std::string trap_session::take(std::string_view bytes) {
    input_ += bytes;
    return go_on();
}

std::string trap_session::settle(bool is_kept) {
    reset();
    state_ = state::commands;
    return (is_kept ? "250 kept\r\n" : "451 it cannot be kept at present\r\n") + go_on();
}

std::string trap_session::go_on() {
    std::string replies;
    std::size_t at = 0;
    while (state_ != state::complete && state_ != state::over) {
        const auto end = input_.find('\n', at);
        if (end == std::string::npos) break;
        const auto line = std::string_view{input_}.substr(at, end + 1 - at);
        at = end + 1;
        replies += state_ == state::data ? data_line(line) : command(line);
    }
    input_.erase(0, at);
    if (state_ == state::data) take_part_of_long_line();
    if (state_ != state::data && state_ != state::complete && input_.size() > longest_command) {
        state_ = state::over;
        replies += "500 the line is too long\r\n";
    }
    return replies;
}

std::string trap_session::command(std::string_view line) {
    if (line.size() > longest_command) {
        state_ = state::over;
        return "500 the line is too long\r\n";
    }
    if (!line.ends_with("\r\n")) return refuse("500 a line ends with CR LF\r\n");
    line.remove_suffix(2);
    if (line.find_first_of(std::string_view{"\r\0", 2}) != std::string_view::npos)
        return refuse("500 a line of text is expected\r\n");
    if (state_ == state::sign_in) return sign_in_line(line);
    const auto blank = std::min(line.find(' '), line.size());
    const auto verb = ascii::to_lower(line.substr(0, blank));
    const auto argument = ascii::trimmed(line.substr(blank));
    if (verb == "ehlo" || verb == "helo") return greet(argument, verb == "ehlo");
    if (verb == "mail") return sender(argument);
    if (verb == "rcpt") return recipient(argument);
    if (verb == "data") return begin_data(argument);
    if (verb == "auth") return sign_in(argument);
    if (verb == "noop") return "250 OK\r\n";
    if (verb == "vrfy") return "252 all mail is taken and kept here\r\n";
    if (verb == "rset") {
        reset();
        return "250 OK\r\n";
    }
    // A page in a browser can have one say this to any port, with a mail in the body.
    if (std::ranges::find(http_methods, verb) != http_methods.end()) {
        state_ = state::over;
        return "421 this is no web server\r\n";
    }
    if (verb == "quit") {
        state_ = state::over;
        return "221 bye\r\n";
    }
    return refuse(verb == "expn" || verb == "help" || verb == "starttls" || verb == "turn" ? "502 not here\r\n"
                                                                                           : "500 unknown command\r\n");
}

std::string trap_session::greet(std::string_view name, bool is_extended) {
    if (!is_host(name)) return refuse("501 a name of a host is expected\r\n");
    reset();
    mail_.helo = name;
    if (!is_extended) return "250 busbar\r\n";
    return "250-busbar\r\n250-PIPELINING\r\n250-SIZE " + std::to_string(largest_message) +
           "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN\r\n";
}

std::string trap_session::sender(std::string_view argument) {
    if (mail_.helo.empty()) return refuse("503 EHLO comes first\r\n");
    if (has_sender_) return refuse("503 a mail has one sender\r\n");
    const auto parts = split_path(argument, "from:");
    if (!parts) return refuse("501 MAIL FROM:<address> is expected\r\n");
    for (auto rest = parts->rest; !rest.empty();) {
        const auto blank = std::min(rest.find(' '), rest.size());
        if (auto wrong = check_parameter(rest.substr(0, blank)); !wrong.empty()) return refuse(std::move(wrong));
        rest = ascii::trimmed(rest.substr(blank));
    }
    if (!parts->path.empty()) {
        auto address = core::parse_email_address(parts->path, core::domain_form::any);
        if (!address) return refuse("553 this is no address\r\n");
        mail_.from = std::move(address->canonical);
    }
    has_sender_ = true;
    return "250 OK\r\n";
}

std::string trap_session::recipient(std::string_view argument) {
    if (!has_sender_) return refuse("503 MAIL comes first\r\n");
    const auto parts = split_path(argument, "to:");
    if (!parts) return refuse("501 RCPT TO:<address> is expected\r\n");
    if (!parts->rest.empty()) return refuse("555 a parameter that is not offered\r\n");
    auto address = core::parse_email_address(parts->path, core::domain_form::any);
    if (!address) return refuse("553 this is no address\r\n");
    if (std::ranges::any_of(mail_.to, [&](const auto& known) { return core::same_address(known, address->canonical); }))
        return "250 OK\r\n";
    if (mail_.to.size() == most_recipients) return refuse("452 too many recipients\r\n");
    mail_.to.push_back(std::move(address->canonical));
    return "250 OK\r\n";
}

std::string trap_session::begin_data(std::string_view argument) {
    if (!argument.empty()) return refuse("501 DATA stands alone\r\n");
    if (mail_.to.empty()) return refuse("503 RCPT comes first\r\n");
    state_ = state::data;
    flaw_ = flaw::none;
    is_at_line_start_ = true;
    return "354 end with <CR><LF>.<CR><LF>\r\n";
}

std::string trap_session::sign_in(std::string_view argument) {
    if (mail_.helo.empty() || has_sender_) return refuse("503 AUTH comes after EHLO and before MAIL\r\n");
    const auto blank = std::min(argument.find(' '), argument.size());
    const auto mechanism = ascii::to_lower(argument.substr(0, blank));
    const bool has_response = blank < argument.size();
    if (mechanism != "plain" && mechanism != "login") return refuse("504 PLAIN or LOGIN\r\n");
    sign_in_lines_ = (mechanism == "plain" ? 1 : 2) - (has_response ? 1 : 0);
    if (sign_in_lines_ == 0) return "235 welcome\r\n";
    state_ = state::sign_in;
    if (mechanism == "plain") return "334 \r\n";
    return sign_in_lines_ == 2 ? "334 VXNlcm5hbWU6\r\n" : "334 UGFzc3dvcmQ6\r\n";  // "Username:", "Password:"
}

std::string trap_session::sign_in_line(std::string_view line) {
    if (line != "*" && --sign_in_lines_ > 0) return "334 UGFzc3dvcmQ6\r\n";
    state_ = state::commands;
    return line == "*" ? refuse("501 given up\r\n") : "235 welcome\r\n";
}

// A line ends with CR LF and nothing else: who takes a bare LF for an end reads another mail than who does not, and
// that is how mails are smuggled. Such a message is read to its true end and then refused.
std::string trap_session::data_line(std::string_view line) {
    const bool begins = is_at_line_start_;
    is_at_line_start_ = line.ends_with("\r\n");
    if (begins && line == ".\r\n") return end_data();
    const auto text = line.substr(0, line.size() - (is_at_line_start_ ? 2 : 1));
    if (!is_at_line_start_ || text.contains('\r') || text.contains('\0')) flaw_ = flaw::line_end;
    const bool is_stuffed = begins && line.front() == '.';
    if (line.size() > longest_line + (is_stuffed ? 1 : 0)) flaw_ = flaw::long_line;
    if (flaw_ == flaw::none && mail_.data.size() + line.size() > largest_message) flaw_ = flaw::too_large;
    if (flaw_ == flaw::none) keep(line.substr(is_stuffed ? 1 : 0));
    if (flaw_ != flaw::none) give_back();
    return {};
}

void trap_session::keep(std::string_view line) {
    if (room_ != nullptr && *room_ < line.size()) {
        flaw_ = flaw::no_room;
        return;
    }
    if (room_ != nullptr) *room_ -= line.size();
    mail_.data += line;
}

void trap_session::give_back() {
    if (room_ != nullptr) *room_ += mail_.data.size();
    mail_.data = {};
}

// The last byte stays: it may be the CR of an end.
void trap_session::take_part_of_long_line() {
    if (input_.size() <= longest_line + 1) return;
    flaw_ = flaw::long_line;
    is_at_line_start_ = false;
    input_.erase(0, input_.size() - 1);
}

std::string trap_session::end_data() {
    const auto found = flaw_;
    if (found == flaw::none && is_body_text(mail_.data)) {
        state_ = state::complete;
        return {};
    }
    reset();
    state_ = state::commands;
    if (found == flaw::no_room) return "452 too much is being sent at once\r\n";
    if (found == flaw::too_large) return "552 the message is too large\r\n";
    if (found == flaw::long_line) return "554 a line is longer than 998 characters\r\n";
    if (found == flaw::none) return "554 what is not ASCII has to be UTF-8\r\n";
    return "554 a line ends with CR LF, and neither stands alone; no NUL\r\n";
}

void trap_session::reset() {
    give_back();
    mail_ = {.helo = std::move(mail_.helo), .from = {}, .to = {}, .data = {}};
    has_sender_ = false;
}

std::string trap_session::refuse(std::string reply) {
    if (++refusals_ < most_refusals) return reply;
    state_ = state::over;
    return reply + "421 too many errors\r\n";
}

}  // namespace email
