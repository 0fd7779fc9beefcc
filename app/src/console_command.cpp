#include "admin_api.hpp"
#include "operations.hpp"
#include "output.hpp"

namespace app {

core::exit_code print_console_link(const command& command, const config::loaded& configuration) {
    const auto link = value_of(admin_api{configuration.values}.post("/api/v1/console-links", std::nullopt));
    if (command.as_json)
        print_json(link);
    else
        print(text_of(link, "url") + "\n");
    return core::exit_code::done;
}

}  // namespace app
