#include "delivery.hpp"

#include <algorithm>

#include "chaos.hpp"
#include "delivery_rows.hpp"
#include "smtp_client.hpp"

namespace email {

delivery::delivery(const bus::module_context& context, const settings& settings)
    : context_{context},
      settings_{settings},
      routes_{settings},
      signer_{make_dkim_signer(settings)},
      gauges_{context, routes_, senders_},
      capture_{context},
      tasks_{context.runtime.loop, context.runtime.time, context.log} {
    for (const auto& [name, server] : routes_.servers())
        add_sender(name, &server, [this, &server](const std::atomic<bool>& abort) {
            return std::make_unique<smtp_client>(settings_, server, abort, context_.runtime.metrics);
        });
    if (settings.chaos)
        add_sender({}, nullptr, [](const std::atomic<bool>&) { return std::make_unique<keeping_carrier>(); });
}

void delivery::add_sender(const std::string& name, const smtp_server* server, carrier_maker make_carrier) {
    if (const auto& chaos = settings_.chaos)
        make_carrier = [&chaos = *chaos, make = std::move(make_carrier)](const std::atomic<bool>& abort) {
            return with_chaos(chaos, make(abort), abort);
        };
    senders_.emplace_back(context_, settings_, name, server, std::move(make_carrier), signer_ ? &*signer_ : nullptr);
}

void delivery::start() {
    if (signer_ && signer_->key().is_weak())
        context_.log.warning("the key that signs mails is short; make one of 2048 bits (email.dkim_key_file)",
                             {{"bits", signer_->key().bits()}});
    if (settings_.chaos)
        context_.log.warning(
            "mails are refused, deferred, dropped and slowed by chance (email.chaos): for development");
    tasks_.spawn_restarting("mail queue", [this] { return begin(); });
}

core::awaitable<void> delivery::begin() {
    const auto interrupted = co_await context_.database.write(
        {}, [this](storage::transaction& transaction) { return delivery_rows::take_up(transaction, routes_); });
    if (interrupted > 0)
        context_.log.warning("mails were under way when the process ended and are sent again",
                             {{"recipients", interrupted}});
    for (auto& sender : senders_) sender.start();
    if (!settings_.chaos) capture_.start();
}

void delivery::wake() {
    for (auto& sender : senders_) sender.wake();
    capture_.wake();
}

sender* delivery::sender_of(const std::string& server) {
    const auto place = std::ranges::find(senders_, server, &sender::name);
    return place == senders_.end() ? nullptr : &*place;
}

core::awaitable<void> delivery::stop(std::chrono::milliseconds limit) {
    tasks_.stop();
    co_await tasks_.join();
    for (auto& sender : senders_) sender.stop(limit);
    co_await capture_.stop();
    for (auto& sender : senders_) co_await sender.finish();
}

std::vector<std::string> delivery::servers_away() const {
    std::vector<std::string> all;
    for (const auto& sender : senders_)
        if (auto away = sender.away(); !away.empty()) all.push_back(std::move(away));
    return all;
}

std::string delivery::trouble() const {
    for (const auto& sender : senders_) {
        if (auto trouble = sender.trouble(); !trouble.empty()) return trouble;
    }
    if (auto trouble = capture_.trouble(); !trouble.empty()) return trouble;
    const auto failing = tasks_.failing();
    return failing.empty() ? std::string{} : failing.front();
}

}  // namespace email
