#include "rules.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common_passwords.hpp"

namespace registration {
namespace {

constexpr std::size_t longest_name = 100;  // characters
constexpr std::size_t shortest_password = 8;
constexpr std::size_t longest_password = 1024;
// A local part shorter than this is in too many good passwords by chance.
constexpr std::size_t telling_local_part = 4;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

// Characters, not bytes: every byte of UTF-8 but the continuations.
std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0U) != 0x80U; }));
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

std::optional<std::string> problem_with_name(std::string_view name) {
    if (name.empty()) return "is required";
    if (length_of(name) > longest_name) return "must have at most 100 characters";
    if (has_control(name)) return "must not contain control characters";
    return std::nullopt;
}

bool contains_address(const std::string& password, const core::email_address& email) {
    const auto text = lower(password);
    const auto local = email.key.substr(0, email.key.rfind('@'));
    return text.contains(email.key) || (local.size() >= telling_local_part && text.contains(local));
}

std::optional<std::string> problem_with_password(const std::string& password, const core::email_address* email) {
    if (password.empty()) return "is required";
    if (password.size() < shortest_password) return "must have at least 8 bytes";
    if (password.size() > longest_password) return "must have at most 1024 bytes";
    if (is_common_password(password))
        return "is among the most used passwords, so it is the first that an attacker tries";
    if (email != nullptr && contains_address(password, *email)) return "must not contain your e-mail address";
    return std::nullopt;
}

}  // namespace

std::expected<valid_registration, std::vector<core::field_error>> check(register_user input) {
    std::vector<core::field_error> problems;
    const std::string name{trim(input.name)};
    if (auto problem = problem_with_name(name)) problems.push_back({"name", std::move(*problem)});
    const auto text = trim(input.email);
    auto email = core::parse_email_address(text);
    if (!email) problems.push_back({"email", text.empty() ? "is required" : email.error()});
    if (auto problem = problem_with_password(input.password, email ? &*email : nullptr))
        problems.push_back({"password", std::move(*problem)});
    if (!problems.empty()) return std::unexpected{std::move(problems)};
    return valid_registration{name, std::move(*email), std::move(input.password)};
}

}  // namespace registration
