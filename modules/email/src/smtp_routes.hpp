#pragma once

#include <email/settings.hpp>
#include <map>
#include <string>
#include <string_view>

namespace email {

// Which server a receiver's mail goes to. Servers are known by their names (name_of); the empty name stands for none:
// such mails are kept here. The settings are not needed any more once it is made. Any thread.
class smtp_routes {
public:
    explicit smtp_routes(const settings& settings);

    // `address`: canonical (core::email_address).
    [[nodiscard]] const std::string& of(std::string_view address) const;

    // Of all receivers that have no route.
    [[nodiscard]] const std::string& main() const noexcept { return main_; }
    [[nodiscard]] const std::map<std::string, smtp_server>& servers() const noexcept { return servers_; }

private:
    std::map<std::string, smtp_server> servers_;
    std::map<std::string, std::string, std::less<>> domains_;  // to names
    std::string main_;
};

}  // namespace email
