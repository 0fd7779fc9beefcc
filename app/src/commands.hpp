#pragma once

#include <config/load.hpp>
#include <core/exit.hpp>

#include "command_line.hpp"

namespace app {

// Does what the command line asks for. Data goes to standard output, messages to standard error.
[[nodiscard]] core::exit_code run(const command& command);

[[nodiscard]] core::exit_code serve(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code migrate(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code print_token(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code print_dkim_record(const command& command, const config::loaded& configuration);
// A mail as it would be sent.
[[nodiscard]] core::exit_code render_mail(const command& command, const config::loaded& configuration);
// Looks at all that a start needs and says how to mend what is wrong.
[[nodiscard]] core::exit_code check_everything(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code check_health(const command& command, const config::loaded& configuration);

}  // namespace app
