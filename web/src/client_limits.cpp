#include "client_limits.hpp"

#include <algorithm>

#include "text.hpp"

namespace web {
namespace {

constexpr std::size_t most_clients = 100'000;

// The last of a list as in "a, b, c"; it is cut off.
std::string_view take_last(std::string_view& list) {
    const auto comma = list.rfind(',');
    const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    return trim(last);
}

std::optional<core::rate_limiter> limiter_of(const std::optional<core::rate>& limit) {
    return limit ? std::optional<core::rate_limiter>{std::in_place, *limit, most_clients} : std::nullopt;
}

}  // namespace

bool proxies::is_trusted(std::string_view address) const {
    return std::ranges::any_of(trusted_, [&](const auto& network) { return network.contains(address); });
}

void proxies::look_behind(request& request) const {
    if (trusted_.empty() || !is_trusted(request.client)) return;
    if (equals_ignoring_case(request.header("x-forwarded-proto"), "https")) request.is_encrypted = true;
    // Fields of one name are one list, in their order (RFC 9110, section 5.3).
    for (auto field = request.fields.rbegin(); field != request.fields.rend(); ++field) {
        if (!equals_ignoring_case(field->name, "x-forwarded-for")) continue;
        for (auto list = field->value; !list.empty();) {
            const auto address = take_last(list);
            if (!core::is_ip_address(address)) return;
            request.client = address;
            if (!is_trusted(address)) return;
        }
    }
}

client_limits::client_limits(const core::clock& clock, const std::optional<core::rate>& registrations,
                             const std::optional<core::rate>& sign_ins)
    : clock_{clock}, registrations_{limiter_of(registrations)}, sign_ins_{limiter_of(sign_ins)} {}

std::optional<response> client_limits::over_budget(budget budget, std::string_view client) {
    auto& limiter = budget == budget::registrations ? registrations_ : sign_ins_;
    if (budget == budget::none || !limiter) return std::nullopt;
    const auto verdict = limiter->take(core::subscriber_of(client), clock_.monotonic());
    if (verdict.is_allowed) return std::nullopt;
    auto refusal = problem(429, "Too many such requests come from your address. Wait a moment and try again.");
    refusal.trouble->retry_after = verdict.next;
    const std::string name = budget == budget::registrations ? "\"registrations\"" : "\"sign-ins\"";
    const auto window = std::chrono::ceil<std::chrono::seconds>(limiter->limit().per);
    refusal.with("RateLimit-Policy",
                 name + ";q=" + std::to_string(limiter->limit().count) + ";w=" + std::to_string(window.count()));
    refusal.with("RateLimit", name + ";r=0;t=" + std::to_string(verdict.next.count()));
    return refusal;
}

}  // namespace web
