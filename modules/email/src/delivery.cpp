#include "delivery.hpp"

#include "delivery_rows.hpp"

namespace email {

delivery::delivery(const bus::module_context& context, const settings& settings)
    : context_{context},
      routes_{settings},
      signer_{make_dkim_signer(settings)},
      capture_{context},
      tasks_{context.runtime.loop, context.runtime.time, context.log} {
    for (const auto& [name, server] : routes_.servers())
        senders_.emplace_back(context, settings, name, server, signer_ ? &*signer_ : nullptr);
}

void delivery::start() {
    if (signer_ && signer_->key().is_weak())
        context_.log.warning("the key that signs mails is short; make one of 2048 bits (email.dkim_key_file)",
                             {{"bits", signer_->key().bits()}});
    tasks_.spawn_restarting("mail queue", [this] { return begin(); });
}

core::awaitable<void> delivery::begin() {
    const auto interrupted = co_await context_.database.write(
        {}, [this](storage::transaction& transaction) { return delivery_rows::take_up(transaction, routes_); });
    if (interrupted > 0)
        context_.log.warning("mails were under way when the process ended and are sent again",
                             {{"recipients", interrupted}});
    for (auto& sender : senders_) sender.start();
    capture_.start();
}

void delivery::wake() {
    for (auto& sender : senders_) sender.wake();
    capture_.wake();
}

core::awaitable<void> delivery::stop() {
    tasks_.stop();
    co_await tasks_.join();
    for (auto& sender : senders_) sender.stop();
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
        if (auto away = sender.away(); !away.empty() && sender.name() == routes_.main()) return away;
        if (auto trouble = sender.trouble(); !trouble.empty()) return trouble;
    }
    if (auto trouble = capture_.trouble(); !trouble.empty()) return trouble;
    const auto failing = tasks_.failing();
    return failing.empty() ? std::string{} : failing.front();
}

}  // namespace email
