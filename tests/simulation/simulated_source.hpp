#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "dice.hpp"
#include "readable_log.hpp"
#include "rules.hpp"

namespace simulation {

// The file of a module that publishes: its changes, the log of its events, and what a power loss leaves of them.
class simulated_source final : public readable_log {
public:
    simulated_source(dice& dice, mutant without, coverage& seen);

    // A change and its event.
    void publish();
    void begin_epoch();
    // The last rows are gone if no sync came after them; and the epoch that tells of it begins.
    void lose_power();
    // The file is put back to an old copy; what is noted beside it keeps the number of the new epoch from being one
    // that was given before.
    void put_back();

    // How far the sender is, in the same file.
    void note_place(std::int64_t place) { places_.push_back({log_.size(), place}); }
    [[nodiscard]] std::optional<std::int64_t> noted_place() const;

    [[nodiscard]] std::int64_t head() const override { return static_cast<std::int64_t>(log_.size()); }
    [[nodiscard]] std::int64_t end() const override { return head(); }
    [[nodiscard]] std::vector<storage::log_epoch> epochs() const override { return epochs_; }
    [[nodiscard]] std::vector<row> rows_after(std::int64_t sequence, std::size_t most) override;
    void enlist(std::int64_t) override {}

    [[nodiscard]] static std::int64_t number_of(const storage::event_record& record) { return std::stoll(record.data); }
    [[nodiscard]] const std::vector<row>& log() const noexcept { return log_; }
    [[nodiscard]] const std::set<std::int64_t>& changes() const noexcept { return changes_; }
    [[nodiscard]] bool is_poison(std::int64_t number) const { return poison_.contains(number); }
    [[nodiscard]] bool has_lost(std::int64_t number) const { return lost_.contains(number); }

private:
    void forget_rows_after(std::size_t kept);
    void forget_epochs_after_head();

    struct place {
        std::size_t rows;  // of the log when it was noted
        std::int64_t sequence;
    };

    dice& dice_;
    const mutant without_;
    coverage& seen_;
    std::vector<row> log_;
    std::vector<storage::log_epoch> epochs_;
    std::int64_t last_epoch_ = 0;  // that was ever given
    std::vector<place> places_;
    std::size_t synced_ = 0;         // rows that no power loss takes
    std::size_t synced_places_ = 0;  //
    std::set<std::int64_t> changes_;
    std::set<std::int64_t> lost_;
    std::set<std::int64_t> poison_;
    std::int64_t published_ = 0;
};

}  // namespace simulation
