#include "smtp_outcome.hpp"

#include <algorithm>
#include <string_view>

namespace email {
namespace {

constexpr std::size_t longest_description = 500;

// Replies come from strangers and are shown to people: what is not printable ASCII becomes a question mark, a line end
// a blank.
std::string printable(std::string_view text) {
    std::string clean;
    for (const char c : text)
        if (c == '\r' || c == '\n' || c == '\t')
            clean += ' ';
        else
            clean += c >= 0x20 && c < 0x7f ? c : '?';
    while (clean.ends_with(' ')) clean.pop_back();
    if (clean.size() > longest_description) clean.replace(longest_description - 3, std::string::npos, "...");
    return clean;
}

}  // namespace

verdict judge(const smtp_attempt& attempt) {
    if (attempt.accepted) return verdict::sent;
    if (attempt.stage == smtp_stage::securing || attempt.stage == smtp_stage::signing_in) return verdict::host;
    // Also 554: a server that greets with it takes no mail from us at present (RFC 5321, section 3.1), and that says
    // nothing of this one.
    if (attempt.stage == smtp_stage::connecting) return verdict::host;
    if (attempt.reply_code >= 500) return verdict::permanent;
    // 421: the server closes the channel, whatever was asked of it (RFC 5321, section 3.8). Later than MAIL FROM it may
    // be this one mail that it cannot stand, and then the others must not wait for it.
    if (attempt.stage == smtp_stage::sender && attempt.reply_code == 421) return verdict::host;
    return verdict::temporary;
}

std::vector<recipient_outcome> judge_recipients(const smtp_attempt& attempt, std::size_t count) {
    // What the message came to. Without DATA there is none, and those that were taken before are as good as not asked.
    const bool is_about_message = attempt.accepted || attempt.stage != smtp_stage::recipients;
    const recipient_outcome of_message{is_about_message ? judge(attempt) : verdict::temporary,
                                       is_about_message ? attempt.reply_code : 0, attempt.reply};
    std::vector<recipient_outcome> all(count, of_message);
    for (std::size_t i = 0; i < std::min(count, attempt.recipients.size()); ++i) {
        const auto& [code, text] = attempt.recipients[i];
        // As libcurl has it: whoever was not answered with 2xx is left out of the message.
        if (code != 0 && code / 100 != 2) all[i] = {code >= 500 ? verdict::permanent : verdict::temporary, code, text};
    }
    return all;
}

void hide(std::string& text, const std::string& secret) {
    if (secret.empty()) return;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
        text.replace(at, secret.size(), "***");
}

std::string describe_reply(std::string reply, const std::string& password) {
    hide(reply, password);
    return printable(reply);
}

}  // namespace email
