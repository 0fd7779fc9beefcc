#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "delivery_window.hpp"
#include "dice.hpp"
#include "log_cursor.hpp"
#include "parking_lot.hpp"
#include "readable_log.hpp"
#include "rules.hpp"
#include "simulated_file.hpp"
#include "simulated_source.hpp"
#include "verdict.hpp"

namespace simulation {

inline constexpr auto followed = "log";  // its name

// One handler and what bus::follower does for it, with the classes that decide there and the real notes: it fails at
// random, meets poison, dies and is told things twice.
class simulated_follower {
public:
    // `source`: knows which events are poison. `log`: its own, or the copy of it.
    simulated_follower(simulated_file& file, readable_log& log, const simulated_source& source, dice& dice,
                       mutant without, coverage& seen);

    // Finds its place. step() and work() do it when that is to do: at the start of the process, and after halt().
    void load();
    // All but what is on the disk is gone. What ran is on the board, unless power was lost: nobody says that a page of
    // that file is on the disk.
    void die(bool with_power);
    // Finishes what runs, and begins nothing until resume(); then it reads its place anew.
    void halt();
    void resume() {
        is_loaded_ = false;
        is_place_old_ = true;
    }

    // Each does one step, and says whether there was one.
    [[nodiscard]] bool scan();
    [[nodiscard]] bool begin();
    [[nodiscard]] bool end();
    [[nodiscard]] bool retry();
    // Any one of them.
    void step();
    // All of them.
    [[nodiscard]] bool work();
    void pass_time(core::monotonic_time::duration time) { now_ += time; }
    // A row that was handed over before comes once more, as from a ring that speaks twice.
    void redeliver();

    [[nodiscard]] std::optional<std::int64_t> position() const {
        return is_loaded_ ? std::optional{cursor_.position()} : std::nullopt;
    }

private:
    // load() in two steps, since the program waits for the disk between them.
    void look_for_place();
    void take_place();
    void note_crashes(const storage::handler_progress& progress);
    void finish(const bus::work_item& item);
    void succeed(const bus::work_item& item);
    void fail(const bus::work_item& item, bus::cause_of_failure cause);
    void park_behind(const bus::work_item& item);
    [[nodiscard]] bool mark_done(storage::transaction& transaction, const bus::work_item& item) const;
    void settled(const bus::work_item& item);
    void read_parked(const std::string& key, bool was_under_way);

    simulated_file& file_;
    readable_log& log_;
    const simulated_source& source_;
    dice& dice_;
    const mutant without_;
    coverage& seen_;
    const storage::delivery_notes notes_{"handler", followed};
    const core::retry_schedule schedule_{{std::chrono::milliseconds{100}, std::chrono::milliseconds{200},
                                          std::chrono::milliseconds{400}, std::chrono::milliseconds{800}}};

    core::monotonic_time now_{};
    bool is_loaded_ = false;
    std::optional<storage::handler_progress> place_;  // found, and not taken yet
    bool is_place_old_ = false;                       // the log has gone back since
    bus::log_cursor cursor_;
    bus::delivery_window window_{6};
    bus::parking_lot parked_;
    std::deque<row> backlog_;
    std::vector<bus::work_item> running_;
    std::set<std::pair<std::int64_t, std::int64_t>> board_;    // what ran when the process died
    std::set<std::pair<std::int64_t, std::int64_t>> crashed_;  // of these, what the scanner has not met yet
    bool is_alone_taken_ = false;
};

}  // namespace simulation
