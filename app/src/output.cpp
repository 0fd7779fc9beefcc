#include "output.hpp"

#include <config/parse.hpp>
#include <core/exit.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

namespace app {

bool print(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

bool print_json(const nlohmann::ordered_json& value) { return print(value.dump() + "\n"); }

std::string text_of(const nlohmann::ordered_json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end() || found->is_null()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string joined(const nlohmann::ordered_json& texts) {
    std::string text;
    for (const auto& one : texts) text += (text.empty() ? "" : ", ") + one.get<std::string>();
    return text;
}

nlohmann::ordered_json read_json(const std::string& file, const char* flag) {
    const auto refuse = [&](const char* what) {
        throw core::fatal_error{core::exit_code::usage, std::string{flag} + " " + file + what};
    };
    std::string text;
    if (file == "-") {
        text.assign(std::istreambuf_iterator<char>{std::cin}, {});
    } else {
        std::ifstream in{file};
        if (!in) refuse(": cannot be read");
        text.assign(std::istreambuf_iterator<char>{in}, {});
    }
    auto value = nlohmann::ordered_json::parse(text, nullptr, false);
    if (value.is_discarded()) refuse(": is not JSON");
    return value;
}

std::string read_time(const std::string& text, const char* flag, core::timestamp now) {
    if (text.empty() || core::from_rfc3339(text)) return text;
    const auto age = config::parse_duration(text);
    if (age) return core::to_rfc3339(now - *age);
    throw core::fatal_error{core::exit_code::usage, std::string{flag} + " " + text +
                                                        ": expected a time such as 2026-01-31T12:00:00Z, "
                                                        "or an age such as 30s, 5m, 12h or 7d"};
}

}  // namespace app
