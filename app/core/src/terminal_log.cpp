#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <core/log.hpp>
#include <memory>

namespace core {
namespace {

constexpr std::size_t queue_lines = 8192;

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warning:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

}  // namespace

struct terminal_log::backend {
    std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
    std::shared_ptr<spdlog::async_logger> logger;
};

terminal_log::terminal_log(log_format format, bool colour) : format_{format}, backend_{std::make_unique<backend>()} {
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(colour ? spdlog::color_mode::always
                                                                                 : spdlog::color_mode::never);
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(colour ? "%^%v%$" : "%v"));
    backend_->logger = std::make_shared<spdlog::async_logger>("busbar", std::move(sink), backend_->pool,
                                                              spdlog::async_overflow_policy::overrun_oldest);
    backend_->logger->set_level(spdlog::level::debug);
    backend_->logger->flush_on(spdlog::level::debug);
}

terminal_log::~terminal_log() = default;

void terminal_log::write(const log_entry& entry) noexcept {
    try {
        const std::string line = format_ == log_format::json ? format_json(entry) : format_text(entry);
        backend_->logger->log(to_spdlog(entry.level), spdlog::string_view_t{line});
    } catch (const std::exception& failure) {
        // Out of memory or a closed standard error: the one place where a log line has nowhere else to go.
        std::fprintf(stderr, "a log line was lost: %s\n", failure.what());
    }
}

void terminal_log::flush() { backend_->logger->flush(); }

std::uint64_t terminal_log::dropped() const noexcept { return backend_->pool->overrun_counter(); }

}  // namespace core
