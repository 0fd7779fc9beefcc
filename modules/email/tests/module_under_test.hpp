#pragma once

#include <bus/memory_bus.hpp>
#include <cstdint>
#include <email/messages.hpp>
#include <email/module.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <memory>
#include <optional>
#include <registration/messages.hpp>
#include <storage/database.hpp>
#include <string>
#include <vector>

#include "scripted_smtp_server.hpp"

namespace email {

// The email module with its own database on a bus in wire mode, beside a registration that only says what a test tells
// it to say.
class module_under_test {
public:
    explicit module_under_test(harness::world& world, settings settings = {});

    void start();
    core::awaitable<void> stop();
    // For one whose module could not be made.
    void abandon();
    // Ends all and opens the same files again.
    core::awaitable<void> restart();

    template <bus::request_message R>
    core::awaitable<core::result<bus::answer_of<R>>> request(R message) {
        co_return co_await edge_->request(std::move(message), bus::call{});
    }
    core::awaitable<std::string> send(std::string to = "ada@example.org");
    core::awaitable<email_view> get(std::string id);
    core::awaitable<std::vector<email_view>> all();
    // Waits until the mail has this status.
    core::awaitable<email_view> wait_for(std::string id, std::string status);

    core::awaitable<void> user_registered(std::string name, std::string address);
    core::awaitable<void> registration_repeated(std::string address, bool is_confirmed);
    // Types and data of what the module has published.
    [[nodiscard]] std::vector<storage::event_record> published(const std::string& type);

    // What registration answers to a request for a link; the token of the link is that of `links_made`.
    std::optional<core::error> link_error;
    std::size_t links_made = 0;

    [[nodiscard]] storage::database& database() { return *database_; }
    [[nodiscard]] email::module& module() { return *module_; }
    [[nodiscard]] bool is_quiet() const { return bus_->is_quiet(); }

    static constexpr auto token = "tokenABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

private:
    core::awaitable<core::result<registration::confirmation_link_answer>> link(registration::confirmation_link request,
                                                                               bus::call call);

    harness::world& world_;
    settings settings_;
    std::unique_ptr<storage::database> database_;
    std::unique_ptr<storage::database> registration_database_;
    std::unique_ptr<bus::memory_bus> bus_;
    bus::endpoint* edge_ = nullptr;
    std::unique_ptr<email::module> module_;
};

// Settings for a server of the tests.
[[nodiscard]] settings settings_for(const scripted_smtp_server& server);

}  // namespace email
