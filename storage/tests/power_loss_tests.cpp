#include <core/task_group.hpp>
#include <cstdlib>

#include "power_loss_vfs.hpp"
#include "torture.hpp"

namespace storage::test {
namespace {

struct cut {
    folder_image image;
    promises told;
};

// The power goes at every sync, as often as is wanted: what would then be on the disk is kept, and the run goes on.
class cuts {
public:
    cuts(const ledger& ledger, std::size_t wanted, std::uint64_t seed)
        : ledger_{ledger}, wanted_{wanted}, random_{seed} {}

    void make(const std::filesystem::path& folder) {
        const std::lock_guard lock{mutex_};
        if (made_.size() == wanted_) return;
        // In this order: what is acknowledged after the cut need not be in it.
        auto told = ledger_.now();
        auto image = power_loss_vfs::install().after_power_loss(random_);
        // The note of the generation is never synced, so it may be on the disk as of now or as of the beginning.
        const std::string note = "orders.generation";
        if (random_() % 2 == 0) image[note] = read_folder(folder)[note];
        made_.push_back({std::move(image), std::move(told)});
    }
    [[nodiscard]] bool are_enough() const {
        const std::lock_guard lock{mutex_};
        return made_.size() == wanted_;
    }
    [[nodiscard]] const std::vector<cut>& all() const { return made_; }

private:
    const ledger& ledger_;
    const std::size_t wanted_;
    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    std::vector<cut> made_;
};

core::awaitable<void> write_orders(database& database, ledger& ledger, const cuts& cuts, std::int64_t first,
                                   std::uint64_t seed) {
    std::mt19937_64 random{seed};
    for (auto id = first; !cuts.are_enough(); id += 4) {
        if (random() % 20 == 0) {
            ledger.note_refused(id);
            try {
                co_await database.write({}, [id](transaction& transaction) {
                    transaction.execute("INSERT INTO orders (id, filling) VALUES (?1, '')", id);
                    throw std::runtime_error{"refused"};
                });
            } catch (const std::runtime_error&) {
                continue;
            }
        }
        co_await add_order(database, id);
        ledger.note_committed(id);
    }
}

core::awaitable<void> handle_orders(database& database, ledger& ledger, const cuts& cuts) {
    for (std::int64_t sequence = 1; !cuts.are_enough(); ++sequence) {
        co_await harness::eventually([&] { return database.head() >= sequence || cuts.are_enough(); });
        if (database.head() < sequence) co_return;
        co_await handle_order(database, sequence);
        ledger.note_done(sequence);
    }
}

// Four writers and a handler, until the power went often enough.
core::awaitable<void> work(std::uint64_t seed, durability sync, ledger& ledger, cuts& cuts) {
    harness::world world;
    const auto settings = torture_settings(world.folder.path(), sync);
    {
        database database{world.runtime, settings};
        database.stop();
    }
    auto& disk = power_loss_vfs::install();
    disk.watch(world.folder.path(), [&] { cuts.make(world.folder.path()); });
    {
        database database{world.runtime, settings};
        core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
        for (const std::uint64_t writer : {0U, 1U, 2U, 3U})
            tasks.spawn("writer",
                        write_orders(database, ledger, cuts, 1 + static_cast<std::int64_t>(writer), seed * 4 + writer));
        tasks.spawn("handler", handle_orders(database, ledger, cuts));
        co_await tasks.join();
        database.stop();
    }
    disk.unwatch();
}

core::awaitable<void> store_violation(const cut& cut, bool must_keep, std::string& violation) {
    const harness::temporary_folder folder;
    write_folder(folder.path(), cut.image);
    violation = co_await violation_in(folder.path(), cut.told, must_keep);
}

struct run_settings {
    durability sync = durability::full;
    bool must_keep = true;
    std::size_t wanted = 100;
};

// What was wrong with each cut at which something was.
std::vector<std::string> violations(std::uint64_t seed, const run_settings& settings) {
    ledger ledger;
    cuts cuts{ledger, settings.wanted, seed};
    harness::run([&] { return work(seed, settings.sync, ledger, cuts); });
    std::vector<std::string> all;
    for (std::size_t i = 0; i < cuts.all().size(); ++i) {
        std::string violation = "not looked at";
        harness::run([&] { return store_violation(cuts.all()[i], settings.must_keep, violation); });
        if (!violation.empty()) all.push_back("cut " + std::to_string(i) + ": " + violation);
    }
    return all;
}

// 1,000 cuts in ten tests, or 10,000.
std::uint64_t runs() { return std::getenv("BUSBAR_FULL") == nullptr ? 1 : 10; }

void expect_no_violation(std::uint64_t group, const run_settings& settings) {
    for (std::uint64_t run = 0; run < runs(); ++run) {
        const auto seed = group * 100 + run;
        for (const auto& violation : violations(seed, settings)) ADD_FAILURE() << "seed " << seed << ", " << violation;
    }
}

// What a power loss can leave of a file that was opened and of nothing else that happened.
core::awaitable<void> open_and_lose_power(durability sync, std::vector<cut>& cuts) {
    harness::world world;
    const auto settings = torture_settings(world.folder.path(), sync);
    auto& disk = power_loss_vfs::install();
    {
        database database{world.runtime, settings};
        database.stop();
    }
    disk.watch(world.folder.path(), nullptr);
    {
        database database{world.runtime, settings};
        std::mt19937_64 random{15};
        const auto note = read_folder(world.folder.path()).at("orders.generation");
        for (int i = 0; i < 20; ++i) {
            cuts.push_back({disk.after_power_loss(random), {}});
            cuts.back().image["orders.generation"] = note;
        }
        database.stop();
    }
    disk.unwatch();
    co_return;
}

class power_loss : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(seeds, power_loss, testing::Range<std::uint64_t>(1, 11));

}  // namespace

// RELIABILITY G9, CONFORMANCE D8.
TEST_P(power_loss, loses_nothing_that_was_acknowledged) { expect_no_violation(GetParam(), {}); }

TEST(power_loss_of_a_log, leaves_a_consistent_file_that_may_lack_its_end) {
    expect_no_violation(11, {.sync = durability::normal, .must_keep = false});
}

// Numbers that others may have seen are not given again, also where the last commits may be missing.
TEST(power_loss_of_a_log, does_not_take_back_that_it_was_opened) {
    std::vector<cut> cuts;
    harness::run([&] { return open_and_lose_power(durability::normal, cuts); });

    for (const auto& cut : cuts) {
        std::string violation = "not looked at";
        harness::run([&] { return store_violation(cut, true, violation); });
        EXPECT_EQ(violation, "");
    }
}

// Mutants: without these the tests above could be passed by a check that sees nothing.
TEST(power_loss_check, finds_that_a_log_may_lack_its_end) {
    EXPECT_FALSE(violations(12, {.sync = durability::normal, .must_keep = true}).empty());
}

TEST(power_loss_check, finds_that_nothing_is_synced) {
    auto& disk = power_loss_vfs::install();
    disk.lie_about_syncs(true);

    const auto found = violations(13, {.must_keep = true});
    disk.lie_about_syncs(false);

    EXPECT_GT(found.size(), 50U);
}

// Also when the promises are left out of it: with no sync at all the file itself is damaged sooner or later.
TEST(power_loss_check, finds_damage) {
    auto& disk = power_loss_vfs::install();
    disk.lie_about_syncs(true);

    const auto found = violations(14, {.must_keep = false});
    disk.lie_about_syncs(false);

    EXPECT_FALSE(found.empty());
}

}  // namespace storage::test
