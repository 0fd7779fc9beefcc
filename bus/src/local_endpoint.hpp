#pragma once

#include <atomic>
#include <bus/endpoint.hpp>
#include <bus/transport.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <storage/database.hpp>
#include <string>

#include "request_router.hpp"
#include "signal_hub.hpp"

namespace bus {

class module_deliveries;

// A module's door: what is for a module of this process goes straight there, everything else over the transport.
class local_endpoint final : public endpoint {
public:
    // `elsewhere`: none when there is nothing but this process.
    local_endpoint(core::tracer& traces, request_router& router, signal_hub& signals, transport* elsewhere,
                   bool wire_mode, std::string module, storage::database* database)
        : traces_{traces},
          router_{router},
          signals_{signals},
          elsewhere_{elsewhere},
          wire_mode_{wire_mode},
          module_{std::move(module)},
          database_{database} {}

    void add(event_handler handler) override;
    void add(request_handler handler) override;
    [[nodiscard]] std::shared_ptr<signal_inbox> add_listener(signal_subscription wanted) override;
    core::awaitable<core::result<parcel>> send(std::string_view name, parcel request, call call) override;
    void send_signal(std::string_view name, std::string_view routing_key, parcel signal) override;
    [[nodiscard]] bool uses_wire_format() const noexcept override { return wire_mode_; }
    void add_asked(std::string_view name) override { asked_.emplace(name); }
    void retire(std::string handler) override { retired_.insert(std::move(handler)); }
    core::awaitable<bool> wait_until_past(std::string handler, std::string source, std::int64_t sequence,
                                          core::monotonic_time deadline) override;

    // Set once: what carries out the handlers that were added here. It lives as long as the bus.
    void deliver_by(module_deliveries& deliveries) noexcept { deliveries_ = &deliveries; }
    [[nodiscard]] request_router& router() const noexcept { return router_; }
    [[nodiscard]] const std::string& module() const noexcept { return module_; }
    [[nodiscard]] storage::database* database() const noexcept { return database_; }
    [[nodiscard]] const std::list<event_handler>& handlers() const noexcept { return handlers_; }
    [[nodiscard]] const event_handler* find(std::string_view handler) const;
    [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return requests_; }
    [[nodiscard]] const std::vector<std::string>& signal_topics() const noexcept { return signal_topics_; }
    [[nodiscard]] const std::set<std::string>& asked() const noexcept { return asked_; }
    [[nodiscard]] const std::set<std::string>& retired() const noexcept { return retired_; }

private:
    core::awaitable<core::result<parcel>> send_away(std::string name, std::string data, call call);

    core::tracer& traces_;
    request_router& router_;
    signal_hub& signals_;
    transport* elsewhere_;
    bool wire_mode_;
    std::string module_;
    storage::database* database_;
    module_deliveries* deliveries_ = nullptr;
    std::list<event_handler> handlers_;  // followers keep references
    std::vector<std::string> requests_;
    std::vector<std::string> signal_topics_;
    std::set<std::string> asked_;
    std::set<std::string> retired_;
};

}  // namespace bus
