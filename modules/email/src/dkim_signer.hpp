#pragma once

#include <core/clock.hpp>
#include <email/settings.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dkim_key.hpp"

namespace email {

// Signs messages as they go out (RFC 6376, relaxed/relaxed; RFC 8463), so that who gets them can see that the domain of
// the sender answers for them. Any thread.
class dkim_signer {
public:
    dkim_signer(dkim_key key, std::string domain, std::string selector);

    // The field that goes in front of `message`, with its line end. `message` has CRLF line ends, and every byte but
    // white space has to stay as it is from now on.
    [[nodiscard]] std::string sign(std::string_view message, core::timestamp now) const;

    [[nodiscard]] const dkim_key& key() const noexcept { return key_; }
    [[nodiscard]] const std::string& domain() const noexcept { return domain_; }
    [[nodiscard]] const std::string& selector() const noexcept { return selector_; }

private:
    dkim_key key_;
    std::string domain_;
    std::string selector_;
};

// None when nothing is to be signed. Throws core::fatal_error (configuration).
[[nodiscard]] std::optional<dkim_signer> make_dkim_signer(const settings& settings);

// What is hashed of the fields of `message`: those that `names` has, each time the last that is left, and then
// `signature_field` (RFC 6376, section 3.7).
[[nodiscard]] std::string signed_fields(std::string_view message, const std::vector<std::string_view>& names,
                                        std::string_view signature_field);

}  // namespace email
