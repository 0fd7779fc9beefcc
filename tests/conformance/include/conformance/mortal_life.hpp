#pragma once

#include <atomic>
#include <conformance/fixture.hpp>
#include <filesystem>
#include <string_view>

namespace conformance {

// Where a process dies: at the `time`th time that it reaches the point (core::test_point), as by kill -9.
struct place_of_death {
    std::string_view point;
    int time = 1;
};

// The life of a process that is to die, as its work sees it.
class mortal_life {
public:
    mortal_life(place_of_death place, int words) : place_{place}, words_{words} {}

    // From here on it counts how often the place is reached.
    void becomes_mortal() { is_mortal_ = true; }
    // Something was promised to somebody, which must hold after the death.
    void acknowledge() const;
    // Any thread.
    void reach(std::string_view point);

private:
    const place_of_death place_;
    const int words_;
    std::atomic<bool> is_mortal_{false};
    std::atomic<int> reached_{0};
};

inline constexpr int died = 137;

struct last_words {
    int exit_code = 0;  // `died` when it reached the place; 0 when its work came to an end before
    int acknowledged = 0;
};

// Plays `work` in a process of its own, over the files in `folder`. Whoever made the folder begins and ends the test.
[[nodiscard]] last_words let_die(const fixture& fixture, const std::filesystem::path& folder, place_of_death place,
                                 core::awaitable<void> (*work)(stage& stage, mortal_life& life));

}  // namespace conformance
