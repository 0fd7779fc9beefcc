#pragma once

#include <cstdint>

namespace simulation {

// Rules of the protocol that a game can leave out, to show that the checks would notice.
enum class mutant {
    none,
    dual_write,               // the change is committed before its event
    effect_then_mark,         // the effect is committed before the note that it is done
    mark_before_handler,      // the note is committed before the effect
    no_key_block,             // events of one key run side by side
    no_inbox,                 // what is noted as done is done again
    no_epoch,                 // nobody learns that rows were lost
    epoch_not_synced,         // the beginning of an epoch can be lost with the power
    done_without_epoch,       // what was done ahead does not know of which epoch it was
    purge_next_epoch_only,    // only the first epoch after the position is looked at
    ack_before_commit,        // the broker may forget an event that is not in the file yet
    position_before_confirm,  // what was published counts as being with the broker
    no_gap_repair,            // nobody asks the source for what did not come
    sender_from_head,         // after a restart the sender goes on with the newest event
    gap_taken,                // the copy goes on after an event though one before it did not come
    reader_not_told,          // the handler goes on when events that it may have done are taken back
};

// What the processes of a game and the broker between them are exposed to.
enum class world {
    harsh,
    // Nothing happens that only the source itself could make good, and it is not asked: so what gap repair would hide
    // is seen.
    calm,
};

// What happened in games, so that a suite that tries nothing is noticed.
struct coverage {
    std::int64_t crashes = 0;
    std::int64_t power_losses = 0;
    std::int64_t put_back = 0;    // files that were replaced by an old copy
    std::int64_t phantoms = 0;    // done events that their log lost
    std::int64_t duplicates = 0;  // deliveries that were suppressed
    std::int64_t parked = 0;
    std::int64_t dead = 0;
    std::int64_t crash_attempts = 0;
    std::int64_t effects = 0;
};

// The same of what lies between two processes.
struct outside_coverage {
    std::int64_t broker_deaths = 0;
    std::int64_t broker_losses = 0;  // messages that it had not confirmed
    std::int64_t connections_lost = 0;
    std::int64_t late_messages = 0;  // of a connection that was lost
    std::int64_t lost_confirms = 0;
    std::int64_t refused = 0;
    std::int64_t unroutable = 0;
    std::int64_t resends = 0;
    std::int64_t redeliveries = 0;
    std::int64_t duplicates = 0;  // known to the copy
    std::int64_t past = 0;        // of an epoch that had ended
    std::int64_t gaps = 0;
    std::int64_t stalls = 0;    // found out by asking alone
    std::int64_t repaired = 0;  // events that came from the source itself
    std::int64_t epoch_switches = 0;
    std::int64_t taken_back = 0;       // copied events that never happened
    std::int64_t taken_back_done = 0;  // switches of which the handler had done such events before it knew
    std::int64_t forgotten = 0;
};

}  // namespace simulation
