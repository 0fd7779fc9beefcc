#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <core/clock.hpp>

namespace core {
namespace {

using std::chrono::milliseconds;

// Reads exactly `digits` decimal digits and moves `text` behind them.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    if (error != std::errc{} || end != text.data() + digits || text.front() == '-') return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take_char(std::string_view& text, std::string_view any_of) {
    if (text.empty() || !any_of.contains(text.front())) return false;
    text.remove_prefix(1);
    return true;
}

milliseconds take_fraction(std::string_view& text) {
    milliseconds fraction{0};
    if (!take_char(text, ".")) return fraction;
    for (int scale = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; scale /= 10) {
        fraction += milliseconds{(text.front() - '0') * scale};
        text.remove_prefix(1);
    }
    return fraction;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take_char(text, "Zz")) return std::chrono::minutes{0};
    if (text.empty()) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take_char(text, "+-")) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || !take_char(text, ":")) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes{sign * (*hours * 60 + *minutes)};
}

}  // namespace

std::string to_rfc3339(timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::string text = "0000-00-00T00:00:00.000Z";
    // By hand: every answer with a product has two of these, and printf costs more than reading the row.
    const auto put = [&text](std::size_t at, std::size_t digits, unsigned value) {
        for (; digits > 0; --digits, value /= 10) text[at + digits - 1] = static_cast<char>('0' + value % 10);
    };
    put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, static_cast<unsigned>(clock.hours().count()));
    put(14, 2, static_cast<unsigned>(clock.minutes().count()));
    put(17, 2, static_cast<unsigned>(clock.seconds().count()));
    put(20, 3, static_cast<unsigned>(clock.subseconds().count()));
    return text;
}

std::optional<timestamp> from_rfc3339(std::string_view text) {
    const auto year = take_number(text, 4);
    if (!year || !take_char(text, "-")) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take_char(text, "-")) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day || !take_char(text, "Tt ")) return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || !take_char(text, ":")) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || !take_char(text, ":")) return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second) return std::nullopt;
    const auto fraction = take_fraction(text);
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;

    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return timestamp{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
                     std::chrono::minutes{*minute} + std::chrono::seconds{*second} + fraction - *offset};
}

timestamp system_clock::now() const {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

fine_timestamp system_clock::now_finely() const {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

monotonic_time system_clock::monotonic() const { return std::chrono::steady_clock::now(); }

awaitable<void> system_clock::sleep_until(monotonic_time time) {
    steady_timer timer{co_await asio::this_coro::executor, time};
    co_await timer.async_wait(use_awaitable);
}

manual_clock::manual_clock(timestamp start) : wall_{start.time_since_epoch()} {}

timestamp manual_clock::now() const { return timestamp{wall_.load()}; }

monotonic_time manual_clock::monotonic() const { return monotonic_time{elapsed_.load()}; }

awaitable<void> manual_clock::sleep_until(monotonic_time time) {
    if (time <= monotonic()) co_return;
    // The timer never expires: advance() cancels it, and so does a cancellation of the sleeper.
    steady_timer timer{co_await asio::this_coro::executor, steady_timer::time_point::max()};
    const auto place = sleepers_.emplace(time, &timer);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(use_awaitable, ignored));
    if (monotonic() >= time) co_return;
    sleepers_.erase(place);
    throw boost::system::system_error{asio::error::operation_aborted};
}

void manual_clock::advance(std::chrono::nanoseconds duration) {
    elapsed_ = elapsed_.load() + duration;
    wall_ = wall_.load() + std::chrono::duration_cast<milliseconds>(duration);
    while (!sleepers_.empty() && sleepers_.begin()->first <= monotonic()) {
        sleepers_.begin()->second->cancel();
        sleepers_.erase(sleepers_.begin());
    }
}

void manual_clock::set_wall_clock(timestamp time) { wall_ = time.time_since_epoch(); }

std::optional<monotonic_time> manual_clock::next_wake_up() const {
    if (sleepers_.empty()) return std::nullopt;
    return sleepers_.begin()->first;
}

}  // namespace core
