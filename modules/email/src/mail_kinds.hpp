#pragma once

#include <array>
#include <string_view>

namespace email {

// A mail about an account: NAME.subject.txt, NAME.reason.txt, NAME.txt and NAME.html.
struct mail_kind {
    std::string_view name;
    bool has_link;  // a secret one, and a time until when it works
};

inline constexpr std::array mail_kinds{
    mail_kind{"account_deleted", false}, mail_kind{"address_changed", false},  mail_kind{"already_registered", false},
    mail_kind{"new_address", true},      mail_kind{"password_changed", false}, mail_kind{"reset", true},
    mail_kind{"welcome", true}};

inline constexpr std::array<std::string_view, 4> mail_parts{".subject.txt", ".reason.txt", ".txt", ".html"};
inline constexpr std::string_view layout_file = "layout.html";

// What a template may show: in each mail, in those with a link, and in HTML.
inline constexpr std::array<std::string_view, 4> values_of_all{"name", "public_url", "login_link", "forgot_link"};
inline constexpr std::array<std::string_view, 2> values_of_links{"link", "expires_at"};
inline constexpr std::array<std::string_view, 2> values_of_html{"subject", "reason"};
// Those that are addresses, and nothing that a person has chosen.
inline constexpr std::array<std::string_view, 4> values_for_addresses{"public_url", "login_link", "forgot_link",
                                                                      "link"};

}  // namespace email
