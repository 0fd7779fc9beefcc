#include "unsubscribe_address.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <core/email_address.hpp>
#include <memory>
#include <string>

#include "ascii.hpp"

namespace email {
namespace {

constexpr std::size_t longest = 800;  // it stands in one line, and that has 998 characters

// RFC 3986 without what has a meaning in the header or in quotation marks: such a one is written as %2C.
bool is_plain(char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || std::string_view{"-._~:/?#[]@!$&*+;=%"}.contains(c);
}

bool is_web_address(const std::string& address) {
    struct release {
        void operator()(CURLU* url) const { ::curl_url_cleanup(url); }
    };
    const std::unique_ptr<CURLU, release> url{::curl_url()};
    return ::curl_url_set(url.get(), CURLUPART_URL, address.c_str(), CURLU_DISALLOW_USER) == CURLUE_OK;
}

}  // namespace

bool is_unsubscribe_address(std::string_view address) {
    if (address.size() > longest || !std::ranges::all_of(address, is_plain)) return false;
    constexpr std::string_view mail = "mailto:";
    if (address.starts_with(mail))
        return core::parse_email_address(address.substr(mail.size(), address.find('?') - mail.size()),
                                         core::domain_form::any)
            .has_value();
    return address.starts_with("https://") && is_web_address(std::string{address});
}

}  // namespace email
