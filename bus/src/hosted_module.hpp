#pragma once

#include <bus/transport.hpp>
#include <core/task_group.hpp>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "local_log.hpp"
#include "module_deliveries.hpp"
#include "module_operations.hpp"
#include "outside_log.hpp"
#include "replica.hpp"
#include "trace_operations.hpp"

namespace bus {

// What a module with a database has on the bus of its process. Loop thread.
class hosted_module {
public:
    hosted_module(const core::runtime& runtime, const settings& options, local_endpoint& endpoint, one_at_a_time& alone,
                  module_surroundings surroundings);
    hosted_module(const hosted_module&) = delete;
    hosted_module& operator=(const hosted_module&) = delete;
    ~hosted_module() = default;

    using find_module = std::function<hosted_module*(std::string_view name)>;
    // Makes the followers, and copies of the logs that are in no file of this process if `has_transport`.
    void prepare(const find_module& hosted, bool has_transport);
    void start(core::task_group& tasks, transport* elsewhere);

    core::awaitable<void> take(std::vector<received_event> events);
    void tick();
    core::awaitable<void> remove_old_events(core::timestamp older_than);
    [[nodiscard]] std::string overload() const;
    // Logs of which something is missing and cannot be had at present.
    [[nodiscard]] std::vector<std::string> incomplete() const;
    [[nodiscard]] bool is_quiet() const;
    [[nodiscard]] module_view view() const { return operations_.view(); }

    [[nodiscard]] const std::string& name() const noexcept { return deliveries_.module(); }
    [[nodiscard]] storage::database& database() const noexcept { return deliveries_.database(); }
    [[nodiscard]] module_deliveries& deliveries() noexcept { return deliveries_; }
    [[nodiscard]] const module_deliveries& deliveries() const noexcept { return deliveries_; }
    [[nodiscard]] std::vector<std::string> handlers_that_follow(const hosted_module& source) const;

private:
    [[nodiscard]] followed_log* find_log(std::string_view source, const find_module& hosted, bool has_transport);
    [[nodiscard]] bool follows(std::string_view source) const;
    void add_reader(follower& follower, const find_module& hosted);
    void ring(std::span<const storage::committed_event> events);

    const core::runtime& runtime_;
    const settings& options_;
    local_endpoint& endpoint_;
    publish_counts counts_;
    local_log log_;
    outside_log outside_;
    std::list<replica> replicas_;
    module_deliveries deliveries_;
    module_operations operations_;
    trace_operations traces_;
    std::vector<follower*> readers_;  // who follow this module's log
    transport* elsewhere_ = nullptr;
};

}  // namespace bus
