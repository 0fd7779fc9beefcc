#include "promises.hpp"

#include <map>
#include <utility>

namespace simulation {
namespace {

using numbers = std::map<std::int64_t, int>;

numbers check_effects(simulated_file& file, const simulated_source& source, coverage& seen,
                      std::set<std::string>& broken) {
    const auto effects = file.read([](storage::reader& reader) {
        return reader.query_all<std::int64_t, std::string, std::int64_t, std::int64_t>(
            "SELECT number, key, epoch, sequence FROM effects ORDER BY id");
    });
    numbers done;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> last;
    for (const auto& [number, key, epoch, sequence] : effects) {
        ++seen.effects;
        if (++done[number] > 1) broken.insert("doubled");
        if (source.has_lost(number)) continue;
        if (std::pair{epoch, sequence} < last[key]) broken.insert("order");
        last[key] = {epoch, sequence};
    }
    return done;
}

std::set<std::int64_t> check_parked(simulated_file& file, const numbers& done, std::set<std::string>& broken) {
    const auto parked = file.read([](storage::reader& reader) {
        return reader.query_all<std::string, std::string>("SELECT data, state FROM parked");
    });
    std::set<std::int64_t> dead;
    for (const auto& [data, state] : parked) {
        if (state != "dead") broken.insert("still parked");
        if (done.contains(std::stoll(data))) broken.insert("dead and done");
        dead.insert(std::stoll(data));
    }
    return dead;
}

}  // namespace

std::set<std::string> broken_promises(simulated_file& file, const simulated_source& source, std::int64_t position,
                                      coverage& seen) {
    std::set<std::string> broken;
    const auto done = check_effects(file, source, seen, broken);
    const auto dead = check_parked(file, done, broken);
    std::set<std::int64_t> live;
    for (const auto& record : source.log()) live.insert(simulated_source::number_of(*record));
    if (live != source.changes()) broken.insert("change without event");
    for (const auto number : live)
        if (!done.contains(number) && !dead.contains(number)) broken.insert("lost");
    for (const auto& [number, times] : done)
        if (!live.contains(number) && !source.has_lost(number)) broken.insert("invented");
    if (position != source.head()) broken.insert("position");
    return broken;
}

}  // namespace simulation
