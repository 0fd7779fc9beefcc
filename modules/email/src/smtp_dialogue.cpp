#include "smtp_dialogue.hpp"

#include <algorithm>
#include <array>

namespace email {
namespace {

// RFC 5321, section 4.5.3.1.5 has 512 bytes a line; some servers need more. No reply needs a hundred lines.
constexpr std::size_t longest_line = 2048;
constexpr std::size_t most_lines = 100;
constexpr std::size_t longest_transcript = std::size_t{8} * 1024;

bool starts_with_word(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) return false;
    return std::ranges::equal(text.substr(0, word.size()), word, [](char a, char b) {
        return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
}

std::string_view without_line_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void smtp_dialogue::begin(bool needs_utf8) noexcept {
    stage_ = smtp_stage::connecting;
    reply_code_ = 0;
    reply_.clear();
    recipients_.clear();
    transcript_.clear();
    reply_lines_ = 0;
    reply_complete_ = true;
    is_over_ = false;
    needs_utf8_ = needs_utf8;
    lacks_utf8_ = false;
    excessive_ = false;
}

void smtp_dialogue::sent(std::string_view command) {
    command = without_line_end(command);
    if (starts_with_word(command, "EHLO") || starts_with_word(command, "HELO")) {
        stage_ = smtp_stage::connecting;
        offers_utf8_ = false;
    } else if (starts_with_word(command, "STARTTLS")) {
        stage_ = smtp_stage::securing;
    } else if (starts_with_word(command, "AUTH ")) {
        stage_ = smtp_stage::signing_in;
    } else if (starts_with_word(command, "MAIL FROM:")) {
        stage_ = smtp_stage::sender;
    } else if (starts_with_word(command, "RCPT TO:")) {
        stage_ = smtp_stage::recipients;
        recipients_.emplace_back();
    } else if (starts_with_word(command, "DATA")) {
        stage_ = smtp_stage::content;
    } else if (starts_with_word(command, "QUIT")) {
        is_over_ = true;
    }
    if (!is_over_) reply_code_ = 0;  // a server that says no more has refused nothing
    if (stage_ == smtp_stage::signing_in)
        // The mechanism may be known; what follows it, and what answers a challenge, is the secret.
        record("> ", starts_with_word(command, "AUTH ") ? std::string{command.substr(0, command.find(' ', 5))} + " ***"
                                                        : "***");
    else
        record("> ", command);
}

bool smtp_dialogue::is_before_content(std::size_t recipients) const noexcept {
    return stage_ == smtp_stage::recipients && reply_complete_ && recipients_.size() == recipients &&
           std::ranges::any_of(recipients_, [](const recipient_reply& one) { return one.code / 100 == 2; });
}

void smtp_dialogue::sent_message(std::size_t bytes) {
    reply_code_ = 0;
    record("> ", "(the message, " + std::to_string(bytes) + " bytes)");
}

void smtp_dialogue::record(std::string_view direction, std::string_view line) {
    line = without_line_end(line);
    if (transcript_.size() > longest_transcript) return;
    transcript_ += direction;
    transcript_ += describe_reply(std::string{line.substr(0, longest_line)}, {});
    transcript_ += '\n';
    if (transcript_.size() > longest_transcript) transcript_ += "(and more)\n";
}

bool smtp_dialogue::received(std::string_view line) {
    if (is_over_) return true;
    if (reply_complete_) {
        reply_.clear();
        reply_lines_ = 0;
    }
    if (line.size() > longest_line || ++reply_lines_ > most_lines) {
        excessive_ = true;
        return false;
    }
    line = without_line_end(line);
    record("< ", line);
    if (!reply_.empty()) reply_ += ' ';
    reply_ += line;
    const bool has_code = line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]);
    reply_complete_ = has_code && (line.size() == 3 || line[3] != '-');
    if (has_code) reply_code_ = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (stage_ == smtp_stage::recipients && reply_complete_) recipients_.back() = {reply_code_, reply_};
    if (stage_ == smtp_stage::connecting && has_code && line.size() > 4 && starts_with_word(line.substr(4), "SMTPUTF8"))
        offers_utf8_ = true;
    if (stage_ == smtp_stage::sender && needs_utf8_ && !offers_utf8_ && reply_code_ < 400) {
        // RFC 6531, section 3.2: such an address must not be said to such a server, so this is the last moment.
        lacks_utf8_ = true;
        return false;
    }
    return true;
}

}  // namespace email
