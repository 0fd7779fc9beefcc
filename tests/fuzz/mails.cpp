#include <algorithm>
#include <array>
#include <core/email_address.hpp>
#include <optional>
#include <stdexcept>

#include "fuzz.hpp"
#include "message.hpp"
#include "smtp_dialogue.hpp"
#include "templates.hpp"

// Mails: as MIME, from templates, and what a server says while it takes one. The first byte says which.
namespace {

using fuzz::claim;

std::optional<std::string> composed(const email::message_content& content) {
    try {
        return email::compose(content);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

std::size_t lines_with(std::string_view head, std::string_view name) {
    std::size_t found = head.starts_with(name) ? 1 : 0;
    for (auto at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2))
        if (head.substr(at + 2).starts_with(name)) ++found;
    return found;
}

// What no server can read as more than one mail, or as one to somebody else.
void check_wire(std::string_view raw) {
    std::size_t start = 0;
    for (auto end = raw.find('\n'); end != raw.npos; start = end + 1, end = raw.find('\n', start)) {
        claim(end > start && raw[end - 1] == '\r', "no line ends with a bare LF");
        claim(end - 1 - start <= 998, "no line is too long");
        claim(raw.substr(start, end - 1 - start).find('\r') == raw.npos, "no CR stands within a line");
    }
    claim(start == raw.size() && !raw.contains('\0'), "the last line has an end, and nothing is NUL");
    const auto head = raw.substr(0, raw.find("\r\n\r\n"));
    for (const std::string_view name : {"From:", "To:", "Subject:", "Date:", "Message-I"})
        claim(lines_with(head, name) == 1, "each field is there once");
    for (const std::string_view name : {"Bcc", "Cc", "Reply-To", "List-", "X-"})
        claim(lines_with(head, name) == 0, "nobody adds a field");
}

void check_message(std::string_view bytes) {
    fuzz::choices lines{bytes};
    const std::string address{lines.line()};
    const auto receiver = core::parse_email_address(address);
    email::message_content content{
        .id = "i",
        .message_id = "i@example.org",
        .from = {"Busbar", "no-reply@example.org"},
        .to = {{std::string{lines.line()}, receiver ? receiver->canonical : "a@example.org"}},
        .subject = std::string{lines.line()},
        .text = {},
        .html = {}};
    if (lines.byte() % 2 == 0) content.html = std::string{lines.rest()};
    if (!content.html || lines.rest().size() % 2 == 0) content.text = std::string{lines.rest()};
    const bool is_good = email::is_header_text(content.subject) && email::is_header_text(content.to[0].name) &&
                         email::is_body_text(lines.rest());
    const auto raw = composed(content);
    if (!is_good) return;  // refused before, where it comes in
    claim(raw.has_value(), "good content makes a message");
    check_wire(*raw);
    claim(composed(content) == raw, "the same content makes the same bytes");
}

std::array<std::ptrdiff_t, 3> marks_of(const std::string& html) {
    return {std::ranges::count(html, '<'), std::ranges::count(html, '>'), std::ranges::count(html, '"')};
}

void check_templates(std::string_view bytes) {
    static auto templates = email::load_templates("");
    fuzz::choices lines{bytes};
    const std::string link{lines.line()};
    const auto of = [](std::string name, std::string address) {
        return templates.render(
            "welcome", {{"name", std::move(name)}, {"link", std::move(address)}, {"expires_at", std::string{"x"}}});
    };
    static const auto plain = marks_of(of("Ada", "http://x").html);
    const auto mail = of(std::string{lines.rest()}, link);
    claim(marks_of(mail.html) == plain, "no value makes an element or leaves its attribute");
    claim(std::ranges::none_of(mail.subject, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
          "a subject is one line");
}

void check_dialogue(std::string_view bytes) {
    fuzz::choices lines{bytes};
    email::smtp_dialogue dialogue;
    dialogue.begin(lines.byte() % 2 == 1);
    while (!lines.is_empty()) {
        const auto line = lines.line();
        if (line.starts_with('>')) {
            dialogue.sent(line.substr(1));
            continue;
        }
        const bool goes_on = dialogue.received(line);
        claim(dialogue.reply().size() <= 100 * 2049, "a reply has an end");
        claim(dialogue.reply_code() >= 0 && dialogue.reply_code() <= 999, "a code has three digits");
        claim(goes_on || dialogue.is_excessive() || dialogue.lacks_utf8(), "a conversation ends for a reason");
        if (!goes_on) return;
    }
}

constexpr std::array checks{check_message, check_templates, check_dialogue};

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto check = checks[choose.below(checks.size())];
    check(choose.rest());
}
