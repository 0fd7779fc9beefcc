#pragma once

#include <bus/message_bus.hpp>
#include <config/settings.hpp>
#include <core/async.hpp>
#include <core/runtime.hpp>
#include <email/module.hpp>
#include <list>
#include <logging/module.hpp>
#include <map>
#include <memory>
#include <optional>
#include <product/module.hpp>
#include <registration/module.hpp>
#include <storage/data_directory.hpp>
#include <storage/database.hpp>
#include <string>
#include <vector>
#include <web/edge.hpp>

#include "admin_token.hpp"
#include "disk_room.hpp"
#include "process_metrics.hpp"
#include "signal_log.hpp"
#include "span_feed.hpp"

namespace app {

// The composition root: everything this process runs, put together in the order in which it stands here and stopped in
// reverse.
//
// Lifecycle: construct (locks and opens the data, binds the addresses), start(), stop(). Loop thread.
class process {
public:
    // Throws core::fatal_error; then nothing runs.
    process(const core::runtime& runtime, const config::settings& settings, signal_log& log);
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process();

    void start();
    // Takes no more from outside, finishes what was begun within `grace` (each part has its share of it), names what is
    // unfinished, closes the files.
    core::awaitable<void> stop(std::chrono::milliseconds grace);

    // Until it is known whether the other processes can be reached; without them it is ready all the same.
    [[nodiscard]] bool is_starting() const { return bus_.is_starting(); }
    [[nodiscard]] const web::edge& edge() const noexcept { return edge_; }
    [[nodiscard]] std::string new_console_link() { return edge_.new_console_link(); }
    void reload_certificate() { edge_.reload_certificate(); }
    [[nodiscard]] const std::string& public_url() const noexcept { return public_url_; }

private:
    [[nodiscard]] bool runs(std::string_view module) const;
    [[nodiscard]] bus::module_context context_for(const std::string& module);
    [[nodiscard]] std::unique_ptr<bus::transport> transport() const;
    [[nodiscard]] std::string links_begin_with() const;
    [[nodiscard]] std::vector<web::failing_part> failing();
    [[nodiscard]] std::vector<web::failing_part> lacking() const;
    [[nodiscard]] std::optional<core::error> admission();
    [[nodiscard]] web::edge_parts edge_parts();

    const core::runtime& runtime_;
    const config::settings& settings_;
    signal_log& log_;
    storage::data_directory directory_;
    process_metrics own_metrics_;
    disk_room room_;
    admin_token token_;
    std::map<std::string, storage::database> databases_;
    bus::message_bus bus_;
    bus::endpoint* web_door_ = nullptr;  // of the edge, and for the log
    web::edge edge_;
    std::string public_url_;
    std::optional<registration::module> registration_;
    std::optional<email::module> email_;
    std::optional<logging::module> logging_;
    std::optional<product::module> product_;
    std::optional<otlp_exporter> collector_;
    std::optional<span_feed> spans_;
    bool is_stopping_ = false;
};

}  // namespace app
