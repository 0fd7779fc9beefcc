#pragma once

#include <set>
#include <string>

#include "rules.hpp"
#include "simulated_file.hpp"
#include "simulated_source.hpp"

namespace simulation {

// What a handler that is through with the log has to leave behind; says which promises were broken: "lost",
// "doubled", "order", …
[[nodiscard]] std::set<std::string> broken_promises(simulated_file& file, const simulated_source& source,
                                                    std::int64_t position, coverage& seen);

}  // namespace simulation
