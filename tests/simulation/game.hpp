#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "delivery_window.hpp"
#include "log_cursor.hpp"
#include "parking_lot.hpp"
#include "simulated_file.hpp"
#include "verdict.hpp"

namespace simulation {

// Rules of the protocol that a game can leave out, to show that the checks would notice.
enum class mutant {
    none,
    dual_write,             // the change is committed before its event
    effect_then_mark,       // the effect is committed before the note that it is done
    mark_before_handler,    // the note is committed before the effect
    no_key_block,           // events of one key run side by side
    no_epoch,               // nobody learns that rows were lost
    epoch_not_synced,       // the beginning of an epoch can be lost with the power
    done_without_epoch,     // what was done ahead does not know of which epoch it was
    purge_next_epoch_only,  // only the first epoch after the position is looked at
};

// What happened in games, so that a suite that tries nothing is noticed.
struct coverage {
    std::int64_t crashes = 0;
    std::int64_t power_losses = 0;
    std::int64_t phantoms = 0;    // done events that their log lost
    std::int64_t duplicates = 0;  // deliveries that were suppressed
    std::int64_t parked = 0;
    std::int64_t dead = 0;
    std::int64_t crash_attempts = 0;
    std::int64_t effects = 0;
};

// One log and one handler in a process that dies at random, loses power, fails, meets poison and is told things twice:
// after the model in the design notes, but with the classes that decide in the real follower, and with the real notes.
// The seed decides everything.
class game {
public:
    game(simulated_file& file, std::uint64_t seed, mutant without, coverage& seen);

    // Plays until nothing is to do, and says which promises were broken: "lost", "doubled", "order", …
    [[nodiscard]] std::set<std::string> play();

private:
    struct running {
        bus::work_item item;
        bool is_known_crash = false;
    };

    // producer
    void publish();
    void begin_epoch();
    // the process
    void crash();
    void lose_power_of_log();
    void lose_power_of_notes();
    void restart();
    void note_crashes(storage::handler_progress& progress);
    // follower
    [[nodiscard]] bool scan();
    [[nodiscard]] bool begin();
    [[nodiscard]] bool end();
    [[nodiscard]] bool retry();
    void pass_time();
    void redeliver();
    void finish(const running& one);
    void succeed(const bus::work_item& item);
    void fail(const bus::work_item& item, bus::cause_of_failure cause);
    void park_behind(const bus::work_item& item);
    void settled(const bus::work_item& item);
    void read_parked(const std::string& key, bool was_under_way);

    [[nodiscard]] std::set<std::string> check();
    [[nodiscard]] bool chance(double probability);
    [[nodiscard]] std::size_t pick(std::size_t count);
    [[nodiscard]] std::int64_t number_of(const storage::event_record& record) const;
    [[nodiscard]] std::string key_of(const storage::event_record& record) const;
    [[nodiscard]] std::vector<storage::log_epoch> known_epochs() const;

    simulated_file& file_;
    std::mt19937_64 random_;
    const mutant without_;
    coverage& seen_;
    const storage::delivery_notes notes_{"handler", "log"};
    const core::retry_schedule schedule_{{std::chrono::milliseconds{100}, std::chrono::milliseconds{200},
                                          std::chrono::milliseconds{400}, std::chrono::milliseconds{800}}};

    std::vector<std::shared_ptr<const storage::event_record>> log_;
    std::vector<storage::log_epoch> epochs_;
    std::size_t synced_ = 0;          // rows of the log that no power loss takes
    std::set<std::int64_t> changes_;  // business rows, by number
    std::set<std::int64_t> lost_;
    std::set<std::int64_t> poison_;
    std::int64_t published_ = 0;

    core::monotonic_time now_{};
    bus::log_cursor cursor_;
    bus::delivery_window window_{6};
    bus::parking_lot parked_;
    std::vector<running> running_;
    std::set<std::pair<std::int64_t, std::int64_t>> board_;    // what ran when the process died
    std::set<std::pair<std::int64_t, std::int64_t>> crashed_;  // of these, what the scanner has not met yet
    bool is_alone_taken_ = false;
};

}  // namespace simulation
