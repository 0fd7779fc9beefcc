#pragma once

#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/metrics.hpp>
#include <list>

#include "sender.hpp"
#include "smtp_routes.hpp"

namespace email {

// The queue and the servers as they are when GET /metrics asks. The queue is counted by a reader thread, in an index
// alone: numbers in memory would have to follow each of the many ways in which a mail gets into it and out of it, and
// counting takes 3 ms for 100,000 mails. Loop thread. What it is made of outlives it.
class queue_gauges {
public:
    queue_gauges(const bus::module_context& context, const smtp_routes& routes, const std::list<sender>& senders);

private:
    core::awaitable<void> measure();
    [[nodiscard]] core::gauge& available(const sender& one) const;

    bus::module_context context_;
    const smtp_routes& routes_;
    const std::list<sender>& senders_;
    core::gauge& queued_;
    core::gauge& sending_;
    core::gauge& oldest_;
    core::measurement measurement_;
};

}  // namespace email
