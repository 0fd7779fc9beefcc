#include "mail.hpp"

#include "smtp_outcome.hpp"

namespace email {

masked_copy mask(const message_content& content, const std::string& secret) {
    masked_copy copy{.content = content, .raw = {}};
    if (copy.content.text) hide(*copy.content.text, secret);
    if (copy.content.html) hide(*copy.content.html, secret);
    // Composed anew: in the raw form a soft line break of quoted-printable may cut the secret in two.
    copy.raw = compose(copy.content);
    return copy;
}

std::string format_mailbox(const party& who) {
    if (who.name.empty()) return who.address;
    if (who.name.find_first_of("\"\\()<>[]:;@,.") == std::string::npos) return who.name + " <" + who.address + ">";
    std::string quoted = "\"";
    for (const char c : who.name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\" <" + who.address + ">";
}

}  // namespace email
