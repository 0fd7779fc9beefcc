#pragma once

#include <bus/operations.hpp>
#include <bus/transport.hpp>
#include <core/log.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "module_deliveries.hpp"

namespace bus {

struct publish_counts {
    std::int64_t published = 0;
    std::int64_t without_handler = 0;
};

// Where a module runs, and how far its log has left the process.
struct module_surroundings {
    std::string process;
    std::function<std::optional<sent_view>()> sent;
    core::log_hub& logs;  // of the process
};

// Answers the requests of operations.hpp for one module. Loop thread.
class module_operations {
public:
    module_operations(module_deliveries& deliveries, const publish_counts& counts, module_surroundings surroundings)
        : deliveries_{deliveries}, counts_{counts}, surroundings_{std::move(surroundings)} {}

    void add_to(endpoint& door);
    [[nodiscard]] module_view view() const;

private:
    core::awaitable<core::result<module_view>> status(get_status, call);
    core::awaitable<core::result<dead_letters>> search(search_dead_letters request, call);
    core::awaitable<core::result<dead_letter>> get(get_dead_letter request, call);
    core::awaitable<core::result<affected>> retry(retry_dead_letters request, call call);
    core::awaitable<core::result<done>> drop(drop_dead_letter request, call call);
    core::awaitable<core::result<events_view>> events(search_events request, call);
    core::awaitable<core::result<log_part>> log(get_log request, call call);
    core::awaitable<core::result<log_level_view>> log_level(get_log_level, call);
    core::awaitable<core::result<log_level_view>> change_log_level(set_log_level request, call call);
    core::awaitable<core::result<replay_started>> replay(start_replay request, call call);

    struct letter_place {
        std::int64_t row = 0;
        follower* deliverer = nullptr;
        std::string key;
    };
    [[nodiscard]] core::result<std::vector<letter_place>> find_letters(const std::vector<std::int64_t>& rows);
    core::awaitable<std::int64_t> revive(const std::vector<letter_place>& letters,
                                         const std::optional<std::string>& data, const call& call);
    core::awaitable<std::int64_t> revive_all(const call& call);
    [[nodiscard]] log_level_view level_now() const;
    [[nodiscard]] core::result<follower*> one_follower(const start_replay& request);

    module_deliveries& deliveries_;
    const publish_counts& counts_;
    const module_surroundings surroundings_;
};

}  // namespace bus
