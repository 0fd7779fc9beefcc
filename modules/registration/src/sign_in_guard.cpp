#include "sign_in_guard.hpp"

#include <algorithm>
#include <chrono>

namespace registration {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_accounts = 100'000;
constexpr std::chrono::seconds first_pause = 1s;
constexpr std::chrono::seconds longest_pause = 15min;
constexpr auto failures_are_forgotten_after = 24h;

std::chrono::seconds pause_after(std::uint32_t failures, std::uint32_t free) {
    if (failures < free) return 0s;
    constexpr std::uint32_t enough_doublings = 10;
    return std::min(first_pause * (1U << std::min(failures - free, enough_doublings)), longest_pause);
}

std::unexpected<core::error> limited(std::chrono::seconds wait) {
    core::error error{core::error_kind::limited, "Too many attempts to sign in. Wait a moment, or set a new password."};
    error.retry_after = std::max(wait, 1s);
    return std::unexpected{std::move(error)};
}

}  // namespace

sign_in_guard::sign_in_guard(const std::optional<core::rate>& of_account, const std::optional<core::rate>& of_all)
    : failures_{most_accounts, failures_are_forgotten_after} {
    if (of_account) of_account_.emplace(*of_account, most_accounts);
    if (of_all) of_all_.emplace(*of_all, 1);
}

core::result<void> sign_in_guard::admit(std::string_view email_key, core::monotonic_time now) {
    if (of_account_) {
        const auto& known = failures_.use(email_key, now);
        if (now < known.not_before) return limited(std::chrono::ceil<std::chrono::seconds>(known.not_before - now));
        if (const auto verdict = of_account_->take(email_key, now); !verdict.is_allowed) return limited(verdict.next);
    }
    if (of_all_)
        if (const auto verdict = of_all_->take("", now); !verdict.is_allowed) return limited(verdict.next);
    return {};
}

void sign_in_guard::failed(std::string_view email_key, core::monotonic_time now) {
    if (!of_account_) return;
    auto& known = failures_.use(email_key, now);
    known.not_before = now + pause_after(++known.count, of_account_->limit().count);
}

void sign_in_guard::succeeded(std::string_view email_key) { failures_.forget(email_key); }

void sign_in_guard::let_in(std::string_view email_key) {
    failures_.forget(email_key);
    if (of_account_) of_account_->forget(email_key);
}

}  // namespace registration
