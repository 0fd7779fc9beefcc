#include <registration/messages.hpp>

#include "body.hpp"
#include "user_routes.hpp"

// The API of registration; its pages are in registration_pages.cpp.
namespace web {

void registration_routes::add_to(router& router) {
    using std::bind_front;
    router.add("POST", "/api/v1/registrations", bind_front(&registration_routes::register_by_api, this),
               {.budget = budget::registrations});
    router.add("POST", "/api/v1/confirmations", bind_front(&registration_routes::confirm_by_api, this));
    router.add("POST", "/api/v1/confirmations/resend", bind_front(&registration_routes::resend_by_api, this),
               {.budget = budget::sign_ins});
    router.add("GET", "/register", bind_front(&registration_routes::show_form, this));
    router.add("POST", "/register", bind_front(&registration_routes::register_by_form, this),
               {.budget = budget::registrations});
    router.add("GET", "/registered", bind_front(&registration_routes::show_registered, this));
    router.add("GET", "/confirm", bind_front(&registration_routes::show_confirm, this));
    router.add("POST", "/confirm", bind_front(&registration_routes::confirm_by_form, this));
    router.add("GET", "/resend", bind_front(&registration_routes::show_resend, this));
    router.add("POST", "/resend", bind_front(&registration_routes::resend_by_form, this), {.budget = budget::sign_ins});
    router.add("GET", "/sent", bind_front(&registration_routes::show_sent, this));
}

core::awaitable<response> registration_routes::register_by_api(request& request) {
    auto message = read_message<registration::register_user>(request);
    if (!message) co_return std::move(message.error());
    const auto pending = co_await site_.modules.ask(std::move(*message), request);
    co_return pending ? json_of(202, *pending) : problem(pending.error());
}

core::awaitable<response> registration_routes::confirm_by_api(request& request) {
    auto message = read_message<registration::confirm>(request);
    if (!message) co_return std::move(message.error());
    const auto done = co_await site_.modules.ask(std::move(*message), request);
    co_return done ? empty(204) : problem(done.error());
}

core::awaitable<response> registration_routes::resend_by_api(request& request) {
    auto message = read_message<registration::resend_confirmation>(request);
    if (!message) co_return std::move(message.error());
    const auto done = co_await site_.modules.ask(std::move(*message), request);
    co_return done ? empty(202) : problem(done.error());
}

}  // namespace web
