#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

namespace simulation {

// Many games and what they broke.
class campaign {
public:
    // Plays the game of a seed; says which promises were broken.
    using game_of = std::function<std::set<std::string>(std::uint64_t seed)>;
    explicit campaign(game_of game) : game_{std::move(game)} {}

    // The seeds below `games` that are `part` modulo `parts`, after those that failed once, here and elsewhere. Those
    // that fail now are written down.
    void play(std::uint64_t part, std::uint64_t parts, std::uint64_t games);
    // Until something is broken, `games` at most.
    void play_until_broken(std::uint64_t games);

    [[nodiscard]] std::int64_t broken() const noexcept { return broken_; }

    friend std::ostream& operator<<(std::ostream& out, const campaign& campaign);

private:
    void play(std::uint64_t seed);

    game_of game_;
    std::int64_t broken_ = 0;
    std::set<std::string> promises_;
    std::vector<std::uint64_t> seeds_;  // the first ones that broke something
};

}  // namespace simulation
