#pragma once

#include <email/settings.hpp>
#include <map>
#include <set>
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

    // Where a captured mail to this receiver goes when it is released: as others do, or to the server for those that
    // would be kept here. Empty: nowhere, also because it may not go to them. `key`: core::email_address::key.
    [[nodiscard]] const std::string& of_released(std::string_view key) const;
    [[nodiscard]] bool may_release_to(std::string_view key) const;

    [[nodiscard]] const std::map<std::string, smtp_server>& servers() const noexcept { return servers_; }

private:
    std::map<std::string, smtp_server> servers_;
    std::map<std::string, std::string, std::less<>> domains_;  // to names
    std::string main_;                                         // of all receivers that have no route
    std::string release_;
    std::set<std::string, std::less<>> release_to_;  // *, @domains and addresses
};

}  // namespace email
