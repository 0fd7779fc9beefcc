#pragma once

#include <config/load.hpp>
#include <core/exit.hpp>

#include "command_line.hpp"

// The commands that ask a running server over its admin API. All throw core::fatal_error: unavailable when none runs,
// no when it refuses.
namespace app {

[[nodiscard]] core::exit_code list_dead_letters(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code show_dead_letter(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code retry_dead_letters(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code drop_dead_letter(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code show_events(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code replay_events(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code show_bus(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code list_mails(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code show_mail(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code retry_mails(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code release_mails(const command& command, const config::loaded& configuration);
// Waits for what becomes of it, command.timeout at most.
[[nodiscard]] core::exit_code send_test_mail(const command& command, const config::loaded& configuration);
// 1 when readers are shown anything otherwise than it is.
[[nodiscard]] core::exit_code verify_products(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code rebuild_products(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code export_products(const command& command, const config::loaded& configuration);
// All of the file, or nothing when any line of it is not right.
[[nodiscard]] core::exit_code import_products(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code search_log(const command& command, const config::loaded& configuration);
// Until it is interrupted, or the server ends.
[[nodiscard]] core::exit_code follow_log(const command& command, const config::loaded& configuration);
// Shows them, or sets one.
[[nodiscard]] core::exit_code log_levels(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code list_traces(const command& command, const config::loaded& configuration);
// Its spans.
[[nodiscard]] core::exit_code show_trace(const command& command, const config::loaded& configuration);
// What it has caused, from the event logs.
[[nodiscard]] core::exit_code explain_trace(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code print_console_link(const command& command, const config::loaded& configuration);
[[nodiscard]] core::exit_code list_users(const command& command, const config::loaded& configuration);
// Disables, enables, or ends the sessions of, as the command says.
[[nodiscard]] core::exit_code change_user(const command& command, const config::loaded& configuration);

}  // namespace app
