#include "log_stream.hpp"

#include <bus/json.hpp>
#include <utility>

namespace web {
namespace {

// Some proxies close a connection on which nothing comes for half a minute.
constexpr std::chrono::seconds between_signs_of_life{15};
constexpr auto greeting = ": the log as it is written\nretry: 2000\n\n";
constexpr auto sign_of_life = ":\n\n";
constexpr auto farewell = "event: dropped\ndata: {\"reason\":\"more was logged than this client has read\"}\n\n";

}  // namespace

log_stream::log_stream(const caller& modules, core::clock& clock, const request& request, std::size_t& open)
    : modules_{modules}, clock_{clock}, request_{request}, open_{open}, sent_{clock.monotonic()} {
    ++open_;
}

log_stream::~log_stream() { --open_; }

core::awaitable<core::result<void>> log_stream::begin(logging::follow_entries wanted) {
    wanted_ = std::move(wanted);
    auto answer = co_await modules_.ask(wanted_, request_);
    if (!answer) co_return std::unexpected{std::move(answer.error())};
    first_ = greeting + take_in(std::move(*answer));
    co_return core::result<void>{};
}

core::awaitable<std::optional<std::string>> log_stream::next() {
    std::string piece = std::exchange(first_, {});
    if (piece.empty()) {
        if (is_over_) co_return std::nullopt;
        auto answer = co_await modules_.ask(wanted_, request_);
        // The module is away: a client comes again by itself, and says which entry was its last.
        if (!answer) co_return std::nullopt;
        piece = take_in(std::move(*answer));
    }
    const auto now = clock_.monotonic();
    if (piece.empty() && now - sent_ >= between_signs_of_life) piece = sign_of_life;
    if (!piece.empty()) sent_ = now;
    co_return piece;
}

// What the module has answered becomes events, and what it is asked next.
std::string log_stream::take_in(logging::followed answer) {
    is_over_ = answer.is_behind;
    if (is_over_) return farewell;
    std::string events;
    for (const auto& entry : answer.items)
        events +=
            "id: " + std::to_string(entry.id) + "\ndata: " + bus::encode(entry, bus::broken_text::replaced) + "\n\n";
    wanted_.position.reset();
    if (!answer.position.empty()) wanted_.position = std::move(answer.position);
    if (!answer.items.empty()) wanted_.after = answer.items.back().id;
    return events;
}

}  // namespace web
