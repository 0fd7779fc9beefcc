#include "signal_log.hpp"

#include <cstdio>
#include <logging/messages.hpp>

namespace app {

void signal_log::write(const core::log_entry& entry) noexcept {
    auto* bus = bus_.load();
    if (bus == nullptr) return;
    try {
        bus->emit(logging::entry_recorded{entry.time,
                                          std::string{core::to_string(entry.level)},
                                          entry.module,
                                          entry.name,
                                          {core::format_data(entry.data)},
                                          entry.trace_id});
    } catch (const std::exception& failure) {
        // A log line that cannot be sent (no memory, text that is not UTF-8) must not end what wrote it; the terminal
        // has it.
        std::fprintf(stderr, "a log line could not be stored: %s\n", failure.what());
    }
}

}  // namespace app
