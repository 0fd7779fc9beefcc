#include <sys/wait.h>
#include <unistd.h>

#include <core/test_point.hpp>
#include <filesystem>
#include <set>
#include <storage/test_points.hpp>

#include "fixture.hpp"

namespace storage::test {
namespace {

constexpr int units = 5;
constexpr int dies_at_unit = 3;

core::awaitable<void> add_notes_with_events(database& database, const std::function<void()>& acknowledged) {
    for (int i = 0; i < units; ++i) {
        co_await database.write({}, [i](transaction& transaction) {
            add_note(transaction, std::to_string(i));
            append_event(transaction, std::to_string(i));
        });
        acknowledged();
    }
}

core::awaitable<void> write_until_death(const std::filesystem::path& folder, int acknowledgements) {
    harness::world world;
    std::filesystem::remove(world.folder.path());  // nobody will be there to do it
    auto settings = settings_in(world);
    settings.folder = folder;
    database database{world.runtime, settings};
    co_await add_notes_with_events(database, [acknowledgements] { (void)!::write(acknowledgements, "a", 1); });
    ::_exit(0);
}

// Runs in a process of its own, which ends at the third time it reaches the point, as by kill -9.
[[noreturn]] void write_and_die(std::string_view point, const std::filesystem::path& folder, int acknowledgements) {
    int reached = 0;
    core::test_point_hook() = [point, &reached](std::string_view name) {
        if (name == point && ++reached == dies_at_unit) ::_exit(137);
    };
    harness::run([&] { return write_until_death(folder, acknowledgements); });
    ::_exit(1);
}

struct last_words {
    int exit_code = 0;
    int acknowledged = 0;
};

last_words let_die_at(std::string_view point, const std::filesystem::path& folder) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return {};
    const auto child = ::fork();
    if (child == 0) write_and_die(point, folder, pipe[1]);
    ::close(pipe[1]);
    last_words words;
    char byte = 0;
    while (::read(pipe[0], &byte, 1) == 1) ++words.acknowledged;
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    words.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return words;
}

bool is_after_commit(std::string_view point) {
    const auto commit = std::ranges::find(test_points, "after commit");
    return std::ranges::find(test_points, point) >= commit;
}

core::awaitable<void> check_what_is_left(std::string_view point, const std::filesystem::path& folder,
                                         last_words words) {
    harness::world world;
    auto settings = settings_in(world);
    settings.folder = folder;
    database database{world.runtime, settings};

    EXPECT_EQ(count_notes(database), is_after_commit(point) ? dies_at_unit : dies_at_unit - 1);
    EXPECT_EQ(database.head(), count_notes(database));
    EXPECT_EQ(database.events_after(0, 100).size(), static_cast<std::size_t>(count_notes(database)));
    EXPECT_LE(words.acknowledged, count_notes(database));
    EXPECT_GE(words.acknowledged, dies_at_unit - 1);
    co_await database.write({}, [](transaction& transaction) { append_event(transaction, "next"); });
    EXPECT_EQ(database.epochs().size(), 2U);
}

}  // namespace

// CONFORMANCE D3 for what storage does: whatever is acknowledged is there, a row is there with its event or neither is.
TEST(crash_point, each_leaves_what_was_committed_and_nothing_of_what_was_not) {
    for (const auto point : test_points) {
        SCOPED_TRACE(point);
        const harness::temporary_folder folder;

        const auto words = let_die_at(point, folder.path());

        ASSERT_EQ(words.exit_code, 137) << "the point was not reached";
        harness::run([&] { return check_what_is_left(point, folder.path(), words); });
    }
}

CO_TEST(crash_point, all_that_are_reached_are_listed_and_all_that_are_listed_are_reached) {
    std::mutex mutex;
    std::set<std::string_view> reached;
    core::test_point_hook() = [&](std::string_view name) {
        const std::lock_guard lock{mutex};
        reached.insert(name);
    };
    {
        harness::world world;
        database database{world.runtime, settings_in(world)};
        co_await add_notes_with_events(database, [] {});
        database.stop();
    }
    core::test_point_hook() = nullptr;

    EXPECT_EQ(reached, (std::set<std::string_view>{test_points.begin(), test_points.end()}));
}

}  // namespace storage::test
