#include "rules.hpp"

#include <uninorm.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
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

// "busbar2024!" of "busbar": what is left is no secret.
std::string_view letters_of(std::string_view text) {
    const auto is_other = [](unsigned char c) { return c < 0x80 && (c < 'a' || c > 'z'); };
    while (!text.empty() && is_other(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
    while (!text.empty() && is_other(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    return text;
}

bool contains_address(const std::string& password, const core::email_address& email) {
    const auto text = lower(password);
    const auto local = email.key.substr(0, email.key.rfind('@'));
    if (text.contains(email.key) || (local.size() >= telling_local_part && text.contains(local))) return true;
    const auto domain = email.domain();
    const auto letters = letters_of(text);
    return letters == local || letters == domain || letters == domain.substr(0, domain.find('.'));
}

bool is_what_attackers_try(const std::string& password) {
    return is_common_password(password) || letters_of(lower(password)) == "busbar";
}

}  // namespace

std::unexpected<core::error> problems::as_error() && {
    auto error = core::invalid(std::move(fields));
    error.error().code = std::move(code);
    return error;
}

std::string check_name(std::string_view given, std::string_view field, problems& problems) {
    std::string name{trim(given)};
    if (auto problem = problem_with_name(name)) problems.fields.push_back({std::string{field}, std::move(*problem)});
    return name;
}

std::optional<core::email_address> check_email(std::string_view given, std::string_view field, problems& problems) {
    const auto text = trim(given);
    auto email = core::parse_email_address(text);
    if (email) return std::move(*email);
    problems.fields.push_back({std::string{field}, text.empty() ? "is required" : email.error()});
    return std::nullopt;
}

std::string normalise_password(std::string given) {
    std::size_t length = 0;
    const std::unique_ptr<std::uint8_t, decltype(&std::free)> normal{
        u8_normalize(UNINORM_NFC, reinterpret_cast<const std::uint8_t*>(given.data()), given.size(), nullptr, &length),
        &std::free};
    return normal ? std::string{reinterpret_cast<const char*>(normal.get()), length} : given;
}

std::string check_password(std::string given, const core::email_address* email, std::string_view field,
                           problems& problems) {
    const auto refuse = [&](std::string why) { problems.fields.push_back({std::string{field}, std::move(why)}); };
    if (given.empty()) {
        refuse("is required");
    } else if (given.size() < shortest_password) {
        refuse("must have at least 8 bytes");
    } else if (given.size() > longest_password) {
        refuse("must have at most 1024 bytes");
    } else if (is_what_attackers_try(given)) {
        refuse("is among the most used passwords, so it is the first that an attacker tries");
        problems.code = "too_common";
    } else if (email != nullptr && contains_address(given, *email)) {
        refuse("must not contain your e-mail address");
        problems.code = "too_common";
    }
    return normalise_password(std::move(given));
}

core::result<valid_registration> check(register_user input) {
    problems problems;
    auto name = check_name(input.name, "name", problems);
    auto email = check_email(input.email, "email", problems);
    auto password = check_password(std::move(input.password), email ? &*email : nullptr, "password", problems);
    if (!problems.empty()) return std::move(problems).as_error();
    return valid_registration{std::move(name), std::move(*email), std::move(password)};
}

}  // namespace registration
