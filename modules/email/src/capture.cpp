#include "capture.hpp"

#include "delivery_rows.hpp"

namespace email {
namespace {

constexpr std::size_t batch = 200;
const std::string no_server;

}  // namespace

capture::capture(const bus::module_context& context)
    : context_{context},
      counters_{context.runtime.metrics},
      bell_{context.runtime.loop},
      tasks_{context.runtime.loop, context.runtime.time, context.log} {}

void capture::start() {
    tasks_.spawn_restarting("mail capture", [this] { return work(); });
}

core::awaitable<void> capture::work() {
    while (!stopping_) {
        const bool has_some = context_.database.read(
            [](storage::reader& reader) { return delivery_rows::next_due(reader, no_server).has_value(); });
        if (!has_some) {
            co_await bell_.wait();
            continue;
        }
        const auto captured = co_await context_.database.write(
            {}, [](storage::transaction& transaction) { return delivery_rows::capture_some(transaction, batch); });
        counters_.add({.captured = captured});
    }
}

core::awaitable<void> capture::stop() {
    stopping_ = true;
    bell_.notify();
    co_await tasks_.join();
}

std::string capture::trouble() const {
    const auto failing = tasks_.failing();
    return failing.empty() ? std::string{} : failing.front();
}

}  // namespace email
