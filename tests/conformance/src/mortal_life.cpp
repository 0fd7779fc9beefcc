#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <conformance/mortal_life.hpp>
#include <core/test_point.hpp>

namespace conformance {
namespace {

using work = core::awaitable<void> (*)(stage& stage, mortal_life& life);

core::awaitable<void> work_until_death(const fixture& fixture, const std::filesystem::path& folder, mortal_life& life,
                                       work work) {
    stage stage{fixture, folder};
    std::filesystem::remove_all(stage.world.folder.path());  // nobody will be there to do it
    co_await work(stage, life);
    ::_exit(0);
}

[[noreturn]] void work_and_die(const fixture& fixture, const std::filesystem::path& folder, mortal_life& life,
                               work work) {
    core::test_point_hook() = [&life](std::string_view point) { life.reach(point); };
    harness::run([&] { return work_until_death(fixture, folder, life, work); }, time_limit());
    ::_exit(1);
}

}  // namespace

void mortal_life::reach(std::string_view point) {
    if (is_mortal_ && point == place_.point && ++reached_ == place_.time) ::_exit(died);
}

void mortal_life::acknowledge() const { (void)!::write(words_, "a", 1); }

last_words let_die(const fixture& fixture, const std::filesystem::path& folder, place_of_death place, work work) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) return {};
    const auto child = ::fork();
    if (child == 0) {
        mortal_life life{place, pipe[1]};
        work_and_die(fixture, folder, life, work);
    }
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

}  // namespace conformance
