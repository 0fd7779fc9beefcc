#include <gtest/gtest.h>

#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <limits>
#include <storage/database.hpp>

#include "follower.hpp"

namespace {

// Five events, of which all but the first are given anew as soon as somebody looks at their types.
class log_that_goes_back final : public bus::followed_log {
public:
    std::function<void()> taken_back;

    [[nodiscard]] bool is_copy() const noexcept override { return false; }
    [[nodiscard]] const std::string& name() const noexcept override { return name_; }
    [[nodiscard]] std::int64_t head() override { return last; }
    [[nodiscard]] std::int64_t known_head() override { return last; }
    [[nodiscard]] std::int64_t end() override { return std::numeric_limits<std::int64_t>::max(); }
    [[nodiscard]] core::awaitable<std::int64_t> newest() override { co_return last; }
    [[nodiscard]] std::vector<storage::event_record> events_after(std::int64_t sequence, std::size_t) override {
        std::vector<storage::event_record> rows;
        while (++sequence <= last) {
            storage::event_record row;
            row.sequence = sequence;
            row.epoch = sequence > 1 ? epochs_.back().epoch : 1;
            row.id = std::to_string(sequence) + " of epoch " + std::to_string(row.epoch);
            row.type = type;
            row.key = "one";
            rows.push_back(std::move(row));
        }
        return rows;
    }
    [[nodiscard]] std::vector<storage::log_epoch> epochs() override { return epochs_; }
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::string>> types_between(std::int64_t after,
                                                                                  std::int64_t up_to) override {
        std::vector<std::pair<std::int64_t, std::string>> types;
        while (++after <= up_to) types.emplace_back(after, type);
        if (epochs_.size() == 1) {
            epochs_.push_back({2, 2});
            taken_back();
        }
        return types;
    }
    [[nodiscard]] std::int64_t first_sequence() override { return 1; }
    [[nodiscard]] std::optional<std::int64_t> first_sequence_since(core::timestamp) override { return std::nullopt; }
    core::awaitable<void> enlist(std::string, std::string, std::int64_t) override { co_return; }
    core::awaitable<void> note_place(core::origin, std::string, std::string, std::int64_t) override { co_return; }

    static constexpr auto type = "shop.order_placed";

private:
    static constexpr std::int64_t last = 5;
    std::string name_ = "shop";
    std::vector<storage::log_epoch> epochs_{{1, 1}};
};

core::awaitable<void> halt_and_resume(bus::follower& follower) {
    EXPECT_TRUE(co_await follower.halt());
    follower.resume();
}

core::awaitable<void> note(std::vector<std::string>& handled, bus::delivery& delivery) {
    handled.push_back(delivery.event_id());
    co_await delivery.commit([](storage::transaction&) {});
}

}  // namespace

CO_TEST(follower, reads_its_place_anew_when_the_log_goes_back_while_it_looks_for_it) {
    harness::world world;
    storage::database_settings where;
    where.folder = world.folder.path();
    where.name = "office";
    storage::database office{world.runtime, where};
    // Done up to 2, and 5 before 4: by a handler that did not take 4 then, so that what it noted has to be mended.
    co_await office.write({}, [](storage::transaction& transaction) {
        const storage::delivery_notes notes{"note", "shop"};
        notes.move(transaction, 1, 2);
        EXPECT_TRUE(notes.mark_done(transaction, 1, 5, 3));
    });
    std::vector<std::string> handled;
    bus::event_handler handler{.name = "note"};
    handler.subscriptions.push_back(
        {.type = log_that_goes_back::type,
         .decode = [](auto, const auto&) { return std::make_shared<const int>(); },
         .handle = [&](const auto&, bus::delivery& delivery) { return note(handled, delivery); }});
    log_that_goes_back log;
    const bus::settings options;
    bus::running_board board{world.folder.path() / "office.running", 64};
    bus::one_at_a_time alone;
    bus::follower follower{{world.runtime, options, office, board, alone}, handler, log};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    log.taken_back = [&] { tasks.spawn("halt and resume", halt_and_resume(follower)); };

    follower.start();
    co_await harness::eventually([&] { return follower.is_quiet(); });

    const std::vector<std::string> anew{"2 of epoch 2", "3 of epoch 2", "4 of epoch 2", "5 of epoch 2"};
    EXPECT_EQ(handled, anew);
    EXPECT_TRUE((co_await follower.drain(world.clock.monotonic())).empty());
    co_await follower.join();
    co_await tasks.join();
    office.stop();
    co_await harness::settle();
}
