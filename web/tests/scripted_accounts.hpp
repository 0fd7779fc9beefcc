#pragma once

#include <bus/endpoint.hpp>
#include <map>
#include <optional>
#include <registration/messages.hpp>
#include <string>
#include <vector>

namespace web::testing {

// What the module registration would say about one user, Ada, and her sessions. `trouble` is what everything but
// find_session comes to. In a source of its own, since each message that is answered takes a second to compile.
class scripted_accounts {
public:
    explicit scripted_accounts(bus::endpoint& bus);

    std::vector<std::string> asked;                                    // name and JSON of each message
    std::optional<core::error> trouble;                                //
    std::optional<core::error> session_trouble;                        // of find_session
    std::map<std::string, core::error> troubles;                       // by the name of a message
    std::string next_token = "fresh-token";                            // of the next sign-in
    std::map<std::string, std::string> sessions{{"ada-token", "s1"}};  // token to id
    registration::user_view user{.id = "u1", .name = "Ada", .email = "ada@example.org", .confirmed = true};

    [[nodiscard]] std::string last() const { return asked.empty() ? "nothing" : asked.back(); }

private:
    template <class Message>
    void note(const Message& message);
    template <class Message>
    [[nodiscard]] std::optional<core::error> trouble_with() const;
    template <class Message>
    void answer(bus::endpoint& bus, bus::answer_of<Message> given = {});
    template <class Message>
    core::awaitable<core::result<bus::answer_of<Message>>> say(bus::answer_of<Message> given, Message message,
                                                               bus::call);
    core::awaitable<core::result<registration::signed_in>> find(registration::find_session message, bus::call);
    core::awaitable<core::result<registration::session_begun>> sign_in(registration::sign_in message, bus::call);
};

}  // namespace web::testing
