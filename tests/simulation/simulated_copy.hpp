#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <storage/replica_log.hpp>
#include <vector>

#include "dice.hpp"
#include "replica_cursor.hpp"
#include "rules.hpp"
#include "simulated_broker.hpp"
#include "simulated_file.hpp"
#include "simulated_follower.hpp"

namespace simulation {

// What bus::replica does around the real replica_cursor and replica_log.
class simulated_copy final : public readable_log {
public:
    simulated_copy(simulated_file& file, dice& dice, mutant without, outside_coverage& seen);
    void add_reader(simulated_follower& reader) { reader_ = &reader; }

    // With the process.
    void begin();
    [[nodiscard]] bool has_room() const;
    void take(const std::vector<broker_message>& messages);
    void forget_old();

    // What the source is asked, and what it says.
    struct question {
        bus::replica_cursor asked_at;
        std::size_t size = 0;
    };
    struct answer {
        std::vector<storage::log_epoch> epochs{};
        std::int64_t first = 0;
        std::int64_t head = 0;
        std::int64_t sent = 0;
        std::vector<row> rows{};
    };
    [[nodiscard]] question ask();
    void apply(const answer& part, const bus::replica_cursor& asked_at);

    [[nodiscard]] bool is_missing() const noexcept { return is_missing_; }
    // Everything that is kept, and what is known of epochs, is as the source has it.
    [[nodiscard]] bool equals(const simulated_source& source);

    [[nodiscard]] std::int64_t head() const override { return cursor_.held(); }
    [[nodiscard]] std::int64_t end() const override;
    [[nodiscard]] std::vector<storage::log_epoch> epochs() const override { return cursor_.epochs(); }
    [[nodiscard]] std::vector<row> rows_after(std::int64_t sequence, std::size_t most) override;
    void enlist(std::int64_t position) override;

private:
    void prepare();
    [[nodiscard]] bus::replica_cursor::meaning meaning_of(const bus::replica_cursor& next,
                                                          const bus::replica_cursor::place& place);
    void append(const std::vector<row>& fresh);
    void renew_epochs(bus::replica_cursor renewed, bool has_gone_back);
    [[nodiscard]] bool has_stalled(const answer& part);
    [[nodiscard]] std::int64_t first_sequence();

    simulated_file& file_;
    dice& dice_;
    const mutant without_;
    outside_coverage& seen_;
    simulated_follower* reader_ = nullptr;
    const storage::replica_log rows_{followed};
    const storage::delivery_notes notes_{"handler", followed};

    bus::replica_cursor cursor_{{}, 0};
    bool is_prepared_ = false;
    bool is_missing_ = false;
    std::int64_t taken_ = 0;
    std::int64_t taken_at_last_answer_ = 0;
    std::int64_t sent_at_last_answer_ = 0;
    std::optional<std::int64_t> held_before_;
    std::optional<std::int64_t> end_;
};

}  // namespace simulation
