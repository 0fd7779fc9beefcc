#include "log_metrics.hpp"

namespace app {

log_metrics::log_metrics(core::metrics& metrics, const core::terminal_log& terminal)
    : terminal_{terminal},
      lost_{metrics.add_counter("busbar_log_lines_lost_total",
                                "Lines of the log that were lost, as they came too fast.", {{"where", "terminal"}})},
      measurement_{metrics, [this] { return measure(); }} {
    using enum core::log_level;
    for (const auto level : {debug, info, warning, error})
        lines_.at(static_cast<std::size_t>(level)) =
            &metrics.add_counter("busbar_log_lines_total", "Lines that this process has logged.",
                                 {{"level", std::string{to_string(level)}}});
}

void log_metrics::write(const core::log_entry& entry) noexcept {
    lines_[static_cast<std::size_t>(entry.level)]->Increment();
}

core::awaitable<void> log_metrics::measure() {
    lost_.Increment(static_cast<double>(terminal_.dropped()) - lost_.Value());
    co_return;
}

}  // namespace app
