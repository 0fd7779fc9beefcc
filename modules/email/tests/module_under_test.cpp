#include "module_under_test.hpp"

#include <array>
#include <bus/publish.hpp>
#include <functional>

namespace email {

module_under_test::module_under_test(harness::world& world, settings settings)
    : world_{world}, settings_{std::move(settings)} {}

void module_under_test::start() {
    database_ = std::make_unique<storage::database>(
        world_.runtime,
        storage::database_settings{.folder = world_.folder.path(), .name = "email", .migrations = migrations()});
    registration_database_ = std::make_unique<storage::database>(
        world_.runtime,
        storage::database_settings{.folder = world_.folder.path(), .name = "registration", .migrations = {}});
    bus_ = std::make_unique<bus::memory_bus>(world_.runtime, bus::settings{.wire_mode = true});
    auto& registration = bus_->attach("registration", registration_database_.get());
    registration.answer<registration::confirmation_link>(std::bind_front(&module_under_test::link, this));
    edge_ = &bus_->attach("web", nullptr);
    const bus::module_context context{world_.runtime, *database_, bus_->attach("email", database_.get()),
                                      world_.runtime.log_for("email")};
    module_ = std::make_unique<email::module>(context, settings_);
    module_->start();
    bus_->start();
}

core::awaitable<void> module_under_test::stop() {
    co_await bus_->stop(world_.clock.monotonic());
    co_await module_->stop();
    database_->stop();
    registration_database_->stop();
    module_.reset();
    bus_.reset();
    registration_database_.reset();
    database_.reset();
}

void module_under_test::abandon() {
    bus_.reset();
    database_->stop();
    registration_database_->stop();
}

core::awaitable<void> module_under_test::restart() {
    co_await stop();
    start();
}

core::awaitable<std::string> module_under_test::send(std::string to) {
    auto answer = co_await request(send_email{.to = {to}, .subject = "A subject", .text = "A text", .html = {}});
    if (answer) co_return answer->id;
    ADD_FAILURE() << answer.error().detail;
    co_return "";
}

core::awaitable<email_view> module_under_test::get(std::string id) {
    auto answer = co_await request(get_email{id});
    if (answer) co_return std::move(*answer);
    ADD_FAILURE() << answer.error().detail;
    co_return email_view{};
}

core::awaitable<std::vector<email_view>> module_under_test::all() {
    auto answer = co_await request(search_emails{.receiver = {}, .status = {}, .page = 1, .size = 100});
    if (answer) co_return std::move(answer->items);
    ADD_FAILURE() << answer.error().detail;
    co_return std::vector<email_view>{};
}

core::awaitable<email_view> module_under_test::wait_for(std::string id, std::string status) {
    while (true) {
        auto view = co_await get(id);
        if (view.status == status) co_return view;
        co_await harness::settle();
    }
}

core::awaitable<void> module_under_test::user_registered(std::string name, std::string address) {
    co_await registration_database_->write({}, [&](storage::transaction& transaction) {
        bus::publish(transaction,
                     registration::user_registered{.user_id = world_.ids.next(), .name = name, .email = address});
    });
}

core::awaitable<void> module_under_test::registration_repeated(std::string address, bool is_confirmed) {
    co_await registration_database_->write({}, [&](storage::transaction& transaction) {
        bus::publish(transaction,
                     registration::registration_repeated{
                         .user_id = world_.ids.next(), .name = "Ada", .email = address, .is_confirmed = is_confirmed});
    });
}

std::vector<storage::event_record> module_under_test::published(const std::string& type) {
    auto events = database_->events_after(0, 10'000);
    std::erase_if(events, [&](const storage::event_record& event) { return event.type != type; });
    return events;
}

core::awaitable<core::result<registration::confirmation_link_answer>> module_under_test::link(
    registration::confirmation_link, bus::call) {
    ++links_made;
    if (link_error) co_return std::unexpected{*link_error};
    co_return registration::confirmation_link_answer{
        .link = std::string{"http://127.0.0.1:8080/confirm?token="} + token,
        .expires_at = world_.clock.now() + std::chrono::hours{24}};
}

settings settings_for(const scripted_smtp_server& server) {
    settings settings;
    settings.server = smtp_server{.host = "127.0.0.1", .port = server.port()};
    settings.connections = 4;
    return settings;
}

}  // namespace email
