#include "scripted_accounts.hpp"

#include <bus/json.hpp>

namespace web::testing {

template <class Message>
void scripted_accounts::note(const Message& message) {
    asked.push_back(std::string{Message::message.name} + " " + bus::encode(message));
}

template <class Message>
std::optional<core::error> scripted_accounts::trouble_with() const {
    const auto found = troubles.find(std::string{Message::message.name});
    return found == troubles.end() ? trouble : found->second;
}

core::awaitable<core::result<registration::signed_in>> scripted_accounts::find(registration::find_session message,
                                                                               bus::call) {
    note(message);
    if (session_trouble) co_return std::unexpected{*session_trouble};
    const auto found = sessions.find(message.token);
    if (found == sessions.end()) co_return core::fail(core::error_kind::unauthenticated, "The session is over.");
    co_return registration::signed_in{.session_id = found->second, .user = user};
}
core::awaitable<core::result<registration::session_begun>> scripted_accounts::sign_in(registration::sign_in message,
                                                                                      bus::call) {
    note(message);
    if (auto failed = trouble_with<registration::sign_in>()) co_return std::unexpected{std::move(*failed)};
    sessions[next_token] = "s9";
    co_return registration::session_begun{.token = next_token, .user = user};
}

template <class Message>
void scripted_accounts::answer(bus::endpoint& bus, bus::answer_of<Message> given) {
    bus.answer<Message>(std::bind_front(&scripted_accounts::say<Message>, this, std::move(given)));
}
template <class Message>
core::awaitable<core::result<bus::answer_of<Message>>> scripted_accounts::say(bus::answer_of<Message> given,
                                                                              Message message, bus::call) {
    note(message);
    if (auto failed = trouble_with<Message>()) co_return std::unexpected{std::move(*failed)};
    co_return given;
}

scripted_accounts::scripted_accounts(bus::endpoint& bus) {
    bus.answer<registration::find_session>(std::bind_front(&scripted_accounts::find, this));
    bus.answer<registration::sign_in>(std::bind_front(&scripted_accounts::sign_in, this));
    answer<registration::end_session>(bus);
    answer<registration::resend_confirmation>(bus);
    answer<registration::forgot_password>(bus);
    answer<registration::reset_password>(bus);
    answer<registration::delete_user>(bus);
    answer<registration::disable_user>(bus);
    answer<registration::enable_user>(bus);
    answer<registration::end_sessions>(bus);
    answer<registration::update_user>(bus, user);
    answer<registration::change_password>(bus, {.token = "renewed-token"});
    answer<registration::list_sessions>(bus, {.items = {{.id = "s1", .client = "Firefox on Linux", .current = true},
                                                        {.id = "s2", .client = "<b>curl"}}});
    answer<registration::search_users>(
        bus, {.items = {{.id = "u1", .name = "Ada", .email = "ada@example.org", .state = "active"}},
              .total_count = 1,
              .total_pages = 1});
}

}  // namespace web::testing
