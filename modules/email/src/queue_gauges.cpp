#include "queue_gauges.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <storage/error.hpp>
#include <string>

#include "delivery_rows.hpp"
#include "smtp_server.hpp"

namespace email {
namespace {

core::gauge& mails_that_are(core::metrics& metrics, const std::string& state) {
    return metrics.add_gauge(
        "busbar_email_queue_mails",
        "Mails that are not done: queued (they wait for an attempt), sending (they are under way).",
        {{"state", state}});
}

core::awaitable<std::optional<delivery_rows::queue_size>> look(storage::database& database) {
    try {
        co_return co_await database.search([](storage::reader& reader) { return delivery_rows::measure(reader); });
    } catch (const storage::error&) {
        co_return std::nullopt;  // too many searches wait, or the file is in trouble, which others tell of
    }
}

// The wall clock may have been set back since.
double age_of(std::optional<core::timestamp> time, core::timestamp now) {
    return time ? std::max(0.0, std::chrono::duration<double>(now - *time).count()) : 0;
}

}  // namespace

queue_gauges::queue_gauges(const bus::module_context& context, const smtp_routes& routes,
                           const std::list<sender>& senders)
    : context_{context},
      routes_{routes},
      senders_{senders},
      queued_{mails_that_are(context.runtime.metrics, "queued")},
      sending_{mails_that_are(context.runtime.metrics, "sending")},
      oldest_{context.runtime.metrics.add_gauge("busbar_email_oldest_queued_seconds",
                                                "How long the oldest mail that is not done has been in the queue.")},
      measurement_{context.runtime.metrics, [this] { return measure(); }} {}

core::awaitable<void> queue_gauges::measure() {
    for (const auto& one : senders_)
        if (!one.name().empty()) available(one).Set(1);
    // Two accounts of one server are one series: the worse one is told.
    for (const auto& one : senders_)
        if (!one.away().empty()) available(one).Set(0);

    const auto size = co_await look(context_.database);
    queued_.Set(size ? static_cast<double>(size->queued) : std::nan(""));
    sending_.Set(size ? static_cast<double>(size->sending) : std::nan(""));
    oldest_.Set(size ? age_of(size->oldest, context_.runtime.time.now()) : std::nan(""));
}

core::gauge& queue_gauges::available(const sender& one) const {
    return context_.runtime.metrics.add_gauge(
        "busbar_email_server_available", "0 while the mail server takes no mail and one at a time is tried, else 1.",
        {{"server", url_of(routes_.servers().at(one.name()))}});
}

}  // namespace email
