#include <algorithm>
#include <config/parse.hpp>

#include "suggest.hpp"

namespace config {

parsed<std::vector<std::string>> parse_modules(std::string_view text) {
    const std::vector<std::string> known{"web", "registration", "email", "logging", "product"};
    std::vector<std::string> modules;
    for (;;) {
        const auto comma = text.find(',');
        const std::string name{text.substr(0, comma)};
        if (std::ranges::find(known, name) == known.end()) {
            return std::unexpected{"some of web,registration,email,logging,product, separated by commas" +
                                   suggestion(name, known)};
        }
        if (std::ranges::find(modules, name) != modules.end())
            return std::unexpected{"each module once (" + name + " is there twice)"};
        modules.push_back(name);
        if (comma == std::string_view::npos) return modules;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace config
