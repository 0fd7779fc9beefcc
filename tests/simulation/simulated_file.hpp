#pragma once

#include <core/clock.hpp>
#include <core/uuid.hpp>
#include <functional>
#include <storage/transaction.hpp>

#include "connection.hpp"
#include "event_appender.hpp"

namespace simulation {

// A module's file in memory, with the real tables: commits as the writer makes them, and a power loss that takes the
// last ones back. One for many games.
class simulated_file {
public:
    simulated_file();

    // As new.
    void clear();
    void commit(const std::function<void(storage::transaction&)>& unit);
    // From here on commits are not on the disk yet; settle() ends that.
    void begin_unsynced();
    void settle();
    [[nodiscard]] bool has_unsynced() const noexcept { return is_unsynced_; }
    // What was not on the disk is gone.
    void lose_power();

    template <class Query>
    auto read(Query query) {
        storage::reader reader{connection_};
        return query(reader);
    }

private:
    core::manual_clock clock_;
    core::uuid_generator ids_{clock_};
    storage::connection connection_;
    storage::event_appender no_events_{ids_, 1, 1};
    bool is_unsynced_ = false;
};

}  // namespace simulation
