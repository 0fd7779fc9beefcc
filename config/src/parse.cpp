#include <algorithm>
#include <array>
#include <charconv>
#include <config/parse.hpp>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>

namespace config {
namespace {

struct unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array duration_units{unit{"ms", 1}, unit{"s", 1'000}, unit{"m", 60'000}, unit{"h", 3'600'000},
                                    unit{"d", 86'400'000}};
constexpr std::array size_units{unit{"", 1}, unit{"B", 1}, unit{"KiB", 1 << 10}, unit{"MiB", 1 << 20},
                                unit{"GiB", 1 << 30}};
constexpr std::int64_t longest_duration = 3'653LL * 86'400'000;
constexpr std::int64_t largest_size = 1LL << 40;

// Digits and a unit: none when it is anything else or above `most`.
std::optional<std::int64_t> measure(std::string_view text, std::span<const unit> units, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || number < 0) return std::nullopt;
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const unit& candidate : units) {
        if (candidate.name != name) continue;
        if (number > most / candidate.factor) return std::nullopt;
        return number * candidate.factor;
    }
    return std::nullopt;
}

}  // namespace

parsed<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
        return std::unexpected{"a whole number from " + std::to_string(least) + " to " + std::to_string(most)};
    }
    return number;
}

parsed<milliseconds> parse_duration(std::string_view text) {
    const auto found = measure(text, duration_units, longest_duration);
    if (!found) return std::unexpected{"a duration such as 250ms, 30s, 5m, 12h or 7d"};
    return milliseconds{*found};
}

parsed<std::vector<milliseconds>> parse_durations(std::string_view text) {
    std::vector<milliseconds> durations;
    for (;;) {
        const auto comma = text.find(',');
        const auto one = parse_duration(text.substr(0, comma));
        if (!one) return std::unexpected{"durations separated by commas, such as 1s,5s,30s"};
        durations.push_back(*one);
        if (comma == std::string_view::npos) return durations;
        text.remove_prefix(comma + 1);
    }
}

parsed<std::size_t> parse_size(std::string_view text) {
    const auto found = measure(text, size_units, largest_size);
    if (!found) return std::unexpected{"a size such as 512B, 64KiB or 1MiB"};
    return static_cast<std::size_t>(*found);
}

parsed<double> parse_share(std::string_view text) {
    double share = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, share, std::chars_format::fixed);
    if (read.ec != std::errc{} || read.ptr != end || !(share >= 0) || !(share <= 1))
        return std::unexpected{"a share from 0 to 1, such as 0.25"};
    return share;
}

parsed<std::optional<mail_chaos>> parse_chaos(std::string_view text) {
    if (text.empty()) return std::nullopt;
    constexpr auto wrong = "shares from 0 to 1, together at most 1, such as refuse=0.1,defer=0.2,drop=0.1,slow=0.1";
    mail_chaos chaos;
    std::map<std::string_view, double*> shares{
        {"refuse", &chaos.refuse}, {"defer", &chaos.defer}, {"drop", &chaos.drop}, {"slow", &chaos.slow}};
    double sum = 0;
    for (const auto part : std::views::split(text, ',')) {
        const std::string_view one{part};
        const auto equals = one.find('=');
        const auto share = shares.extract(one.substr(0, equals));  // a name is good once
        if (equals == std::string_view::npos || !share) return std::unexpected{wrong};
        const auto* const end = one.data() + one.size();
        const auto read = std::from_chars(one.data() + equals + 1, end, *share.mapped(), std::chars_format::fixed);
        if (read.ec != std::errc{} || read.ptr != end || !(*share.mapped() >= 0)) return std::unexpected{wrong};
        sum += *share.mapped();
    }
    if (!(sum <= 1 + 1e-9)) return std::unexpected{wrong};  // ten times 0.1 is a little more than 1
    return chaos;
}

parsed<std::vector<std::string>> parse_receivers(std::string_view text) {
    std::vector<std::string> receivers;
    if (text.empty()) return receivers;
    for (const auto part : std::views::split(text, ',')) {
        const std::string_view one{part};
        const bool is_domain = one.starts_with('@');
        const auto address =
            core::parse_email_address((is_domain ? "a" : "") + std::string{one}, core::domain_form::any);
        if (!address && one != "*")
            return std::unexpected{"addresses and @domains such as ada@example.org,@example.net, or * for all"};
        receivers.push_back(one == "*" ? "*" : address->key.substr(is_domain ? 1 : 0));
    }
    return receivers;
}

parsed<std::optional<rate>> parse_rate(std::string_view text) {
    if (text == "off") return std::nullopt;
    const auto slash = text.find('/');
    const auto count = parse_integer(text.substr(0, slash), 1, 1'000'000);
    const auto per = slash == std::string_view::npos
                         ? std::nullopt
                         : measure(text.substr(slash + 1), duration_units, longest_duration);
    if (!count || !per || *per == 0) return std::unexpected{"COUNT/TIME such as 20/1m, or off"};
    return rate{.count = static_cast<std::uint32_t>(*count), .per = milliseconds{*per}};
}

parsed<std::vector<core::ip_network>> parse_networks(std::string_view text) {
    std::vector<core::ip_network> networks;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto one = core::ip_network::parse(text.substr(0, comma));
        if (!one) return std::unexpected{one.error() + ", with commas between them"};
        networks.push_back(*std::move(one));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return networks;
}

}  // namespace config
