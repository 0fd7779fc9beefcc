#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace core {

// One rule for an e-mail address, wherever one enters the program.
//
// The form is `addr-spec` of RFC 5321, section 4.1.2, with the local part of RFC 6531 (UTF-8), without what no mailbox
// of this century needs and every attack likes: quoted local parts, comments, address literals. At most 254 bytes, also
// in canonical form.
struct email_address {
    std::string original;  // as it was written: for showing it to its owner
    std::string
        canonical;  // local part as written, domain in lower case and as A-labels (IDNA2008): for envelopes and headers
    std::string key;  // canonical, all of it in lower case: for comparing. Two addresses are the same if their keys are

    [[nodiscard]] std::string_view domain() const {
        return std::string_view{canonical}.substr(canonical.rfind('@') + 1);
    }
    // False: sending to it needs a server that knows SMTPUTF8 (RFC 6531).
    [[nodiscard]] bool is_ascii() const;

    bool operator==(const email_address& other) const { return key == other.key; }
};

// Whether a domain of one label (`localhost`) will do: for addresses of the operator, not for those of strangers.
enum class domain_form : std::uint8_t { dotted, any };

// The error is a sentence for the person who wrote the address. Any thread.
[[nodiscard]] std::expected<email_address, std::string> parse_email_address(std::string_view text,
                                                                            domain_form form = domain_form::dotted);

// Whether both are addresses, and the same one.
[[nodiscard]] bool same_address(std::string_view a, std::string_view b);

// An address with the name of its owner: `Busbar <no-reply@localhost>`, `"Doe, Jane" <jane@example.org>` or the address
// alone.
struct mailbox {
    std::string name;  // UTF-8, without quotes; empty when there is none
    email_address address;
};

// Takes a domain of one label too.
[[nodiscard]] std::expected<mailbox, std::string> parse_mailbox(std::string_view text);

}  // namespace core
