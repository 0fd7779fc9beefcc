#pragma once

#include <string_view>

namespace core {

// A file of the source tree that was compiled into the program.
struct embedded_file {
    std::string_view name;
    std::string_view content;
};

}  // namespace core
