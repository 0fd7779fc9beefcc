#pragma once

#include <functional>
#include <harness/module_under_test.hpp>
#include <memory>
#include <registration/messages.hpp>
#include <registration/migrations.hpp>
#include <registration/module.hpp>
#include <string>
#include <utility>

namespace registration::test {

// The module registration alone.
class module_under_test : public harness::module_under_test {
public:
    // Hashes are cheap, as all but the tests of their cost want them.
    explicit module_under_test(const std::function<void(settings&)>& change = {})
        : module_under_test{std::make_shared<settings>(settings{.public_url = "https://example.org",
                                                                .hash_memory = std::size_t{64} * 1024,
                                                                .hash_passes = 1,
                                                                .hash_threads = 1}),
                            change} {}

    core::awaitable<core::result<registration_pending>> ask_for_account(
        std::string email, std::string password = "correct horse battery") {
        return request(registration::register_user{"Ada", std::move(email), std::move(password)});
    }

    // Registers a new user; the token is that of the link which the mail would hold.
    core::awaitable<std::string> register_user(std::string email, std::string password = "correct horse battery") {
        (void)(co_await ask_for_account(std::move(email), std::move(password))).value();
        co_return co_await new_token(published<user_registered>().back().user_id);
    }

    core::awaitable<std::string> new_token(std::string user_id) {
        const auto link = (co_await request(mail_link{std::move(user_id), "confirmation"})).value().link;
        co_return link.substr(link.find("token=") + 6);
    }

    [[nodiscard]] std::string text_of(const std::string& sql) {
        return database().read([&](storage::reader& reader) { return reader.query_one<std::string>(sql); });
    }

    // They count from the next reopen() on.
    [[nodiscard]] settings& options() { return *options_; }

private:
    module_under_test(const std::shared_ptr<settings>& options, const std::function<void(settings&)>& change)
        : harness::module_under_test{{"registration", migrations(),
                                      [options, change](const bus::module_context& context) {
                                          if (change) change(*options);
                                          return start(context, *options);
                                      }}},
          options_{options} {}

    static harness::running_module start(const bus::module_context& context, const settings& options) {
        auto running = std::make_shared<module>(context, options);
        return {.module = running, .after_bus_stopped = [module = running.get()] { return stop(module); }};
    }

    static core::awaitable<void> stop(module* module) {
        module->stop();
        co_return;
    }

    std::shared_ptr<settings> options_;
};

}  // namespace registration::test
