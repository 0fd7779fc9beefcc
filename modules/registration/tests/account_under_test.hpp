#pragma once

#include "module_under_test.hpp"

namespace registration::test {

inline constexpr auto password = "correct horse battery";
inline constexpr auto other_password = "staple of another kind";

// The module with one account, and what its owner does.
class account_under_test : public module_under_test {
public:
    using module_under_test::module_under_test;

    // Of a user who has confirmed the address.
    core::awaitable<std::string> open_account(std::string email = "ada@example.org") {
        const auto token = co_await register_user(std::move(email));
        (void)(co_await request(confirm{token})).value();
        co_return published<user_registered>().back().user_id;
    }
    core::awaitable<core::result<session_begun>> try_to_sign_in(std::string email = "ada@example.org",
                                                                std::string with = password) {
        return request(sign_in{std::move(email), std::move(with), "a browser"});
    }
    core::awaitable<std::string> signed_in_token(std::string with = password) {
        co_return (co_await try_to_sign_in("ada@example.org", std::move(with))).value().token;
    }
    core::awaitable<bool> is_signed_in(std::string token) {
        co_return (co_await request(find_session{std::move(token)})).has_value();
    }
    core::awaitable<std::string> session_of(std::string token) {
        co_return (co_await request(find_session{std::move(token)})).value().session_id;
    }
    // Of the link that a mail for `purpose` would hold.
    core::awaitable<std::string> mailed_token(std::string user_id, std::string purpose) {
        const auto link = (co_await request(mail_link{std::move(user_id), std::move(purpose)})).value().link;
        co_return link.substr(link.find("token=") + 6);
    }
};

}  // namespace registration::test
