#pragma once

#include <algorithm>
#include <bus/operations.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "caller.hpp"

namespace web {

// What each of some modules answered, and which of them run nowhere at present.
template <class Answer>
struct answers {
    std::vector<std::pair<std::string, Answer>> given{};
    std::vector<std::string> away{};

    // A list of what nobody was there to tell would pass for an empty one.
    [[nodiscard]] std::optional<core::error> nobody_answered() const {
        if (!given.empty()) return std::nullopt;
        return core::error{core::error_kind::no_handler, "None of the modules that could tell runs at present."};
    }
};

// The modules that deliver events, each of which answers the requests of bus/operations.hpp.
class operated_modules {
public:
    operated_modules(const caller& modules, std::vector<std::string> names)
        : modules_{modules}, names_{std::move(names)} {}

    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    [[nodiscard]] bool knows(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

    template <bus::request_message Message>
    core::awaitable<core::result<bus::answer_of<Message>>> ask(std::string module, Message message,
                                                               const request& request) const {
        return modules_.ask_of(std::move(module), std::move(message), request);
    }

    // Asks one after the other. A module that is away is no error; anything else that goes wrong is.
    template <bus::request_message Message>
    core::awaitable<core::result<answers<bus::answer_of<Message>>>> ask_all(Message message,
                                                                            const request& request) const {
        answers<bus::answer_of<Message>> all;
        for (const auto& name : names_) {
            auto answer = co_await ask(name, message, request);
            if (answer)
                all.given.emplace_back(name, std::move(*answer));
            else if (is_away(answer.error().kind))
                all.away.push_back(name);
            else
                co_return std::unexpected{std::move(answer.error())};
        }
        co_return all;
    }

private:
    // Nobody is there, or can be reached at present.
    static bool is_away(core::error_kind kind) {
        return kind == core::error_kind::no_handler || kind == core::error_kind::overloaded ||
               kind == core::error_kind::timed_out;
    }

    const caller& modules_;
    std::vector<std::string> names_;
};

}  // namespace web
