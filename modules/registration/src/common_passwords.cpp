#include "common_passwords.hpp"

#include <algorithm>
#include <core/embedded_file.hpp>
#include <span>
#include <string>
#include <unordered_set>

namespace registration {

std::span<const core::embedded_file> common_password_lists();

namespace {

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

std::unordered_set<std::string> read_lists() {
    std::unordered_set<std::string> passwords;
    for (const auto& list : common_password_lists()) {
        auto rest = list.content;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('\n'), rest.size());
            const auto line = rest.substr(0, end);
            if (!line.empty() && !line.starts_with("#!")) passwords.insert(lower(line));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return passwords;
}

}  // namespace

bool is_common_password(std::string_view password) {
    static const auto passwords = read_lists();
    const auto text = lower(password);
    if (passwords.contains(text)) return true;
    const auto last_letter = text.find_last_not_of("0123456789");
    return last_letter != std::string::npos && passwords.contains(text.substr(0, last_letter + 1));
}

}  // namespace registration
