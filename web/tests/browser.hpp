#pragma once

#include <map>
#include <string>

#include "edge_world.hpp"

namespace web::testing {

inline bool shows(const answer& page, const std::string& text) { return page.body.find(text) != std::string::npos; }

enum class listener { people, admin };

// Keeps cookies as a browser does, and sends forms with the token of the page that it has open.
class browser {
public:
    explicit browser(edge_under_test& edge, listener where = listener::people) : edge_{edge}, where_{where} {}

    core::awaitable<answer> open(std::string path) {
        auto page = co_await ask(get(path, fields()));
        keep_cookies(page);
        token = between(page.body, "name=\"csrf_token\" value=\"", "\"");
        co_return page;
    }
    // `form`: the fields, but for the token.
    core::awaitable<answer> send(std::string path, std::string form) {
        auto answer = co_await ask(post(path, form_type, form + "&csrf_token=" + token, fields()));
        keep_cookies(answer);
        co_return answer;
    }
    core::awaitable<answer> open_and_send(std::string path, std::string form) {
        co_await open(path);
        co_return co_await send(std::move(path), std::move(form));
    }
    core::awaitable<answer> open_and_send(std::string page, std::string path, std::string form) {
        co_await open(std::move(page));
        co_return co_await send(std::move(path), std::move(form));
    }
    // As Ada, without the form.
    void sign_in() { cookies["__Host-busbar_session"] = "ada-token"; }

    // The header fields that go with each request.
    [[nodiscard]] std::string fields() const {
        std::string line;
        for (const auto& [name, value] : cookies) line += (line.empty() ? "Cookie: " : "; ") + name + "=" + value;
        return line.empty() ? extra : line + "\r\n" + extra;
    }

    std::map<std::string, std::string> cookies;
    std::string token;
    std::string extra = "Accept: text/html\r\nSec-Fetch-Site: same-origin\r\n";

private:
    core::awaitable<answer> ask(std::string bytes) {
        return where_ == listener::people ? edge_.ask(std::move(bytes)) : edge_.ask_admin(std::move(bytes));
    }
    void keep_cookies(const answer& answer) {
        const auto [first, last] = answer.headers.equal_range("set-cookie");
        for (auto it = first; it != last; ++it) {
            const auto equals = it->second.find('=');
            const auto name = it->second.substr(0, equals);
            if (it->second.ends_with("; Max-Age=0"))
                cookies.erase(name);
            else
                cookies[name] = it->second.substr(equals + 1, it->second.find(';') - equals - 1);
        }
    }

    edge_under_test& edge_;
    listener where_;
};

// The whole Set-Cookie of that name.
inline std::string set_cookie_of(const answer& answer, const std::string& name) {
    const auto [first, last] = answer.headers.equal_range("set-cookie");
    for (auto it = first; it != last; ++it)
        if (it->second.starts_with(name + "=")) return it->second;
    return {};
}

}  // namespace web::testing
