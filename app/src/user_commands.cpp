#include <core/uuid.hpp>

#include "admin_api.hpp"
#include "http_client.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

const std::string users_path = "/api/v1/users";

json found_users(const admin_api& api, const std::string& search, const std::string& state) {
    auto all = json::array();
    for (int page = 1;; ++page) {
        auto found = value_of(api.get(
            users_path, {{"search", search}, {"state", state}, {"size", "100"}, {"page", std::to_string(page)}}));
        for (auto& user : found["items"]) all.push_back(std::move(user));
        if (!found["has_more"].get<bool>()) return all;
    }
}

// People at a terminal know the address rather than the id.
std::string path_of(const admin_api& api, const std::string& user) {
    if (core::is_uuid(user)) return users_path + "/" + user;
    for (const auto& one : found_users(api, user, ""))
        if (core::same_address(text_of(one, "email"), user)) return users_path + "/" + text_of(one, "id");
    throw core::fatal_error{exit_code::no, "there is no user with the id or the address " + user};
}

}  // namespace

exit_code list_users(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    const auto users = found_users(api, command.operation.search, command.operation.state);
    if (command.as_json) {
        print(users.dump() + "\n");
        return exit_code::done;
    }
    text_table table{{"ID", "ADDRESS", "NAME", "STATE", "SINCE"}};
    for (const auto& user : users)
        table.add({text_of(user, "id"), text_of(user, "email"), text_of(user, "name"), text_of(user, "state"),
                   text_of(user, "created_at")});
    print(table.text());
    return exit_code::done;
}

exit_code change_user(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    for (const auto& user : command.operation.ids) {
        const auto path = path_of(api, user);
        switch (command.name) {
            case command_name::disable_user:
                std::ignore = value_of(api.post(path + "/disable", std::nullopt));
                break;
            case command_name::enable_user:
                std::ignore = value_of(api.post(path + "/enable", std::nullopt));
                break;
            default:
                std::ignore = value_of(api.remove(path + "/sessions"));
        }
    }
    return exit_code::done;
}

}  // namespace app
