#pragma once

#include <core/clock.hpp>
#include <exception>
#include <string>

namespace bus {

// The name of the exception's type as a C++ reader writes it: "std::runtime_error"; "unknown" for what is no
// std::exception.
[[nodiscard]] std::string type_of(const std::exception_ptr& failure);

// `errors`: a JSON array of {time, type, text}. It keeps the first and the last ones when there are many.
[[nodiscard]] std::string with_error(const std::string& errors, core::timestamp time, const std::string& type,
                                     const std::string& text);

// The last of them says that the process ended.
[[nodiscard]] bool has_ended_process(const std::string& errors);

}  // namespace bus
