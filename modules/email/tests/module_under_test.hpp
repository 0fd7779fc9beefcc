#pragma once

#include <cstddef>
#include <email/messages.hpp>
#include <email/module.hpp>
#include <harness/module_under_test.hpp>
#include <memory>
#include <optional>
#include <registration/messages.hpp>
#include <string>
#include <utility>
#include <vector>

namespace email {

// The module email alone, beside a registration that only says what a test tells it to say.
class module_under_test : public harness::module_under_test {
public:
    explicit module_under_test(settings settings = {})
        : module_under_test{std::make_shared<email::settings>(std::move(settings))} {}

    // Begins a new process on the same files with other settings.
    core::awaitable<void> reopen_with(settings settings) {
        *settings_ = std::move(settings);
        co_await reopen();
    }

    core::awaitable<std::string> send(std::string to = "ada@example.org") {
        const send_email mail{.to = {std::move(to)}, .subject = "A subject", .text = "A text", .html = {}};
        co_return (co_await request(mail)).value().id;
    }
    core::awaitable<email_view> get(std::string id) { co_return (co_await request(get_email{std::move(id)})).value(); }
    core::awaitable<void> until(std::string id, std::string status) {
        co_await harness::eventually([this, &id, &status] {
            return database().read([&id](storage::reader& reader) {
                return reader.query_optional<std::string>("SELECT status FROM emails WHERE id = ?1", id);
            }) == status;
        });
    }
    core::awaitable<std::vector<email_view>> all() {
        const search_emails every{.receiver = {}, .status = {}, .page = 1, .size = 100};
        co_return (co_await request(every)).value().items;
    }

    core::awaitable<void> user_registered(std::string name, std::string address) {
        co_await publish_from("registration",
                              registration::user_registered{
                                  .user_id = world.ids.next(), .name = std::move(name), .email = std::move(address)});
    }
    core::awaitable<void> registration_repeated(std::string address, bool is_confirmed) {
        co_await publish_from(
            "registration",
            registration::registration_repeated{
                .user_id = world.ids.next(), .name = "Ada", .email = std::move(address), .is_confirmed = is_confirmed});
    }

    template <bus::event_message Event>
    core::awaitable<void> happened(Event event) {
        co_await publish_from("registration", std::move(event));
    }

    [[nodiscard]] std::uint16_t trap_port() { return module_as<module>().trap_port(); }
    [[nodiscard]] std::vector<std::string> servers_away() { return module_as<module>().servers_away(); }

    // See module::stop().
    std::chrono::milliseconds stops_within = std::chrono::seconds{8};

    // What registration answers to a request for a link, and how often it was asked.
    std::optional<core::error> link_error;
    std::size_t links_made = 0;

    static constexpr auto token = "tokenABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

private:
    explicit module_under_test(const std::shared_ptr<settings>& settings)
        : harness::module_under_test{{"email", migrations(),
                                      [this, settings](const bus::module_context& context) {
                                          return start(*this, context, *settings);
                                      }}},
          settings_{settings} {
        answer<registration::mail_link>([this](const auto& asked) { return link(asked.purpose); });
    }

    // The base class calls it while it is made: `self` may be kept, and not be used yet.
    static harness::running_module start(module_under_test& self, const bus::module_context& context,
                                         const settings& settings) {
        auto running = std::make_shared<module>(context, settings);
        running->start();
        return {.module = running,
                .before_bus_stops = [&self, module = running.get()] { return module->stop(self.stops_within); },
                .is_idle = [&self, module = running.get()] { return self.is_idle(*module); }};
    }

    // While the mail server is away, mails that are due wait for the clock: for the next probe.
    bool is_idle(const module& module) {
        const auto [sending, due] = database().read([this](storage::reader& reader) {
            return reader.query_one<std::int64_t, std::int64_t>(
                "SELECT count(*) FILTER (WHERE status = 'sending'), "
                "count(*) FILTER (WHERE status = 'queued' AND next_attempt_at <= ?1) FROM emails",
                world.clock.now());
        });
        return sending == 0 && (due == 0 || !module.servers_away().empty());
    }

    core::result<registration::mail_link_answer> link(const std::string& purpose) {
        ++links_made;
        if (link_error) return std::unexpected{*link_error};
        const std::string page = purpose == "password_reset" ? "reset" : "confirm";
        return registration::mail_link_answer{.link = "http://127.0.0.1:8080/" + page + "?token=" + token,
                                              .expires_at = world.clock.now() + std::chrono::hours{24}};
    }

    std::shared_ptr<settings> settings_;
};

}  // namespace email
