#include "campaign.hpp"

#include <fstream>
#include <ostream>

namespace simulation {
namespace {

std::vector<std::uint64_t> seeds_in(const char* path) {
    std::vector<std::uint64_t> seeds;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
    return seeds;
}

}  // namespace

void campaign::play(std::uint64_t part, std::uint64_t parts, std::uint64_t games) {
    for (const auto* path : {KNOWN_SEEDS, FAILED_SEEDS})
        for (const auto seed : seeds_in(path)) play(seed);
    for (auto seed = part; seed < games; seed += parts) play(seed);
    if (broken_ == 0) return;
    std::ofstream file{FAILED_SEEDS, std::ios::app};
    for (const auto seed : seeds_) file << seed << '\n';
}

void campaign::play_until_broken(std::uint64_t games) {
    for (std::uint64_t seed = 0; seed < games && broken_ == 0; ++seed) play(seed);
}

void campaign::play(std::uint64_t seed) {
    const auto broken = game_(seed);
    if (broken.empty()) return;
    ++broken_;
    promises_.insert(broken.begin(), broken.end());
    if (seeds_.size() < 5) seeds_.push_back(seed);
}

std::ostream& operator<<(std::ostream& out, const campaign& campaign) {
    out << campaign.broken_ << " games broke:";
    for (const auto& promise : campaign.promises_) out << " " << promise << ";";
    out << " seeds";
    for (const auto seed : campaign.seeds_) out << " " << seed;
    return out;
}

}  // namespace simulation
