#pragma once

#include <atomic>
#include <concepts>
#include <core/clock.hpp>
#include <core/trace.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace core {

enum class log_level : std::uint8_t { debug, info, warning, error };

// "DEBUG", "INFO", "WARNING", "ERROR".
[[nodiscard]] std::string_view to_string(log_level level);
// Any case.
[[nodiscard]] std::optional<log_level> parse_log_level(std::string_view text);

using log_value = std::variant<std::string, std::int64_t, double, bool>;

struct log_field {
    std::string name;
    log_value value;

    log_field(std::string field, std::string text) : name{std::move(field)}, value{std::move(text)} {}
    log_field(std::string field, std::string_view text) : name{std::move(field)}, value{std::string{text}} {}
    log_field(std::string field, const char* text) : name{std::move(field)}, value{std::string{text}} {}
    log_field(std::string field, bool truth) : name{std::move(field)}, value{truth} {}
    log_field(std::string field, double number) : name{std::move(field)}, value{number} {}
    template <std::integral Integer>
    log_field(std::string field, Integer number) : name{std::move(field)}, value{static_cast<std::int64_t>(number)} {}

    bool operator==(const log_field&) const = default;
};

struct log_entry {
    timestamp time{};
    log_level level = log_level::info;
    std::string module;
    std::string name;  // what happened, in a few words: the same words each time
    std::vector<log_field> data;
    std::string trace_id;  // empty when it belongs to no request
};

// Where entries go. Any thread; must not throw, block for long or log.
class log_sink {
public:
    virtual ~log_sink() = default;
    virtual void write(const log_entry& entry) noexcept = 0;
};

// From which level on modules log.
struct log_levels {
    log_level all = log_level::info;                      // those without one of their own
    std::map<std::string, log_level, std::less<>> own{};  // by module

    [[nodiscard]] log_level of(std::string_view module) const;
    bool operator==(const log_levels&) const = default;
};

// All loggers of a process write here. Sinks are added before and removed after everything else; the levels may change
// at any time. Any thread.
class log_hub {
public:
    log_hub(const clock& clock, log_levels configured) : clock_{clock}, configured_{std::move(configured)} {}
    log_hub(const clock& clock, log_level least) : log_hub{clock, log_levels{.all = least}} {}

    void add(log_sink& sink) { sinks_.push_back(&sink); }
    void write(const log_entry& entry) noexcept;
    [[nodiscard]] const clock& time() const noexcept { return clock_; }

    // Where the module's level is, as long as this lives.
    [[nodiscard]] const std::atomic<log_level>& place_of(std::string_view module);
    [[nodiscard]] log_level level_of(std::string_view module);
    // Until the process ends; without one it is as configured.
    void set_level(std::string_view module, std::optional<log_level> level);

private:
    [[nodiscard]] std::atomic<log_level>& find(std::string_view module);

    const clock& clock_;
    const log_levels configured_;
    std::vector<log_sink*> sinks_;
    std::mutex mutex_;
    std::map<std::string, std::atomic<log_level>, std::less<>> levels_;  // of modules that were asked for
};

// One a module. Structured: a name and fields, never a sentence put together from user input. No secrets. Any thread.
class logger {
public:
    logger(log_hub& hub, std::string module) : hub_{&hub}, module_{std::move(module)}, least_{&hub.place_of(module_)} {}

    using fields = std::vector<log_field>;

    // For entries so frequent that their fields should not be put together for nothing.
    [[nodiscard]] bool enabled(log_level level) const noexcept {
        return level >= least_->load(std::memory_order_relaxed);
    }
    void debug(std::string_view name, fields data = {}, const origin& from = {}) const;
    void info(std::string_view name, fields data = {}, const origin& from = {}) const;
    void warning(std::string_view name, fields data = {}, const origin& from = {}) const;
    void error(std::string_view name, fields data = {}, const origin& from = {}) const;
    void write(log_level level, std::string_view name, fields data, const origin& from) const;

private:
    log_hub* hub_;
    std::string module_;
    const std::atomic<log_level>* least_;
};

enum class log_format : std::uint8_t { text, json };

// Writes to standard error through spdlog, from a thread of its own: a terminal or pipe that stalls never stalls the
// program. What does not fit into the queue of 8,192 lines is dropped, the oldest first, and counted.
class terminal_log final : public log_sink {
public:
    terminal_log(log_format format, bool colour);
    ~terminal_log() override;

    void write(const log_entry& entry) noexcept override;
    void flush();
    [[nodiscard]] std::uint64_t dropped() const noexcept;

private:
    struct backend;
    log_format format_;
    std::unique_ptr<backend> backend_;
};

// One line, no control characters: nothing in an entry can forge a second line or reach the terminal as an escape
// sequence.
[[nodiscard]] std::string format_text(const log_entry& entry);
[[nodiscard]] std::string format_json(const log_entry& entry);
// The fields as a JSON object, in the same way.
[[nodiscard]] std::string format_data(const std::vector<log_field>& data);

}  // namespace core
