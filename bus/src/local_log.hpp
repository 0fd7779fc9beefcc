#pragma once

#include <storage/database.hpp>

#include "followed_log.hpp"

namespace bus {

// The log of a module of this process: its own rows in its own file.
class local_log final : public followed_log {
public:
    explicit local_log(storage::database& database) : database_{database} {}

    [[nodiscard]] storage::database& database() const noexcept { return database_; }

    [[nodiscard]] const std::string& name() const noexcept override { return database_.name(); }
    [[nodiscard]] bool is_copy() const noexcept override { return false; }
    [[nodiscard]] std::int64_t head() override { return database_.head(); }
    [[nodiscard]] std::int64_t known_head() override { return database_.head(); }
    [[nodiscard]] std::int64_t end() override { return database_.head(); }
    [[nodiscard]] core::awaitable<std::int64_t> newest() override { co_return database_.head(); }
    [[nodiscard]] std::vector<storage::event_record> events_after(std::int64_t sequence, std::size_t most) override {
        return database_.events_after(sequence, most);
    }
    [[nodiscard]] std::vector<storage::log_epoch> epochs() override { return database_.epochs(); }
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::string>> types_between(std::int64_t after,
                                                                                  std::int64_t up_to) override;
    [[nodiscard]] std::int64_t first_sequence() override;
    [[nodiscard]] std::optional<std::int64_t> first_sequence_since(core::timestamp time) override;
    core::awaitable<void> enlist(std::string module, std::string handler, std::int64_t position) override;
    core::awaitable<void> note_place(core::origin from, std::string module, std::string handler,
                                     std::int64_t position) override;

private:
    storage::database& database_;
};

}  // namespace bus
