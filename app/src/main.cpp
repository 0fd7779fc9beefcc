#include <core/exit.hpp>
#include <cstdio>
#include <exception>

#include "command_line.hpp"
#include "commands.hpp"

int main(int count, char** arguments) {
    try {
        return static_cast<int>(app::run(app::parse_command_line(count, arguments)));
    } catch (const core::fatal_error& reason) {
        std::fprintf(stderr, "busbar: %s\n", reason.what());
        return static_cast<int>(reason.code());
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "busbar: internal error: %s\n", failure.what());
        return static_cast<int>(core::exit_code::internal);
    }
}
