#include "host_breaker.hpp"

namespace email {

std::optional<host_breaker::ticket> host_breaker::admit(core::monotonic_time now) {
    if (!is_open()) return ticket{};
    if (is_probing_ || now < next_probe_) return std::nullopt;
    is_probing_ = true;
    return ticket{.is_probe = true};
}

bool host_breaker::passed(ticket ticket) {
    if (ticket.is_probe) is_probing_ = false;
    const bool was_open = is_open();
    failures_ = 0;
    return was_open;
}

void host_breaker::failed(ticket ticket, core::monotonic_time now, double random) {
    if (ticket.is_probe) is_probing_ = false;
    // Mails that were under way when the server went away fail together: that is one failure.
    if (is_open() && !ticket.is_probe) return;
    next_probe_ = now + pauses_.delay(++failures_, random);
}

void host_breaker::unused(ticket ticket) {
    if (ticket.is_probe) is_probing_ = false;
}

}  // namespace email
