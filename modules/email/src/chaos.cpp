#include "chaos.hpp"

#include <algorithm>
#include <core/backoff.hpp>
#include <string>
#include <thread>
#include <utility>

namespace email {
namespace {

constexpr std::chrono::milliseconds shortest_pause{1000};
constexpr std::chrono::milliseconds longest_pause{5000};
constexpr std::chrono::milliseconds between_looks{100};

// As if the server had said so after the message, which is then about all recipients.
smtp_attempt replied(int code, const std::string& reply) {
    return {.stage = smtp_stage::content,
            .reply_code = code,
            .reply = reply,
            .transcript = "! chaos: no server was asked\n< " + reply + "\n"};
}

bool wait_unless(const std::atomic<bool>& abort, std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!abort && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(between_looks);
    return !abort;
}

}  // namespace

chaos_fate draw(const chaos_settings& settings, double random) {
    for (const auto& [share, fate] :
         {std::pair{settings.refuse, chaos_fate::refused}, std::pair{settings.defer, chaos_fate::deferred},
          std::pair{settings.drop, chaos_fate::dropped}, std::pair{settings.slow, chaos_fate::slowed}}) {
        if (random < share) return fate;
        random -= share;
    }
    return chaos_fate::none;
}

smtp_attempt keeping_carrier::send(const envelope&, std::string_view, const content_permission& may_go_out) {
    if (may_go_out && !may_go_out()) return {.reply = "it is not to be kept", .interrupted = true};
    return {.accepted = true,
            .stage = smtp_stage::content,
            .reply_code = 250,
            .reply = "250 2.0.0 kept here",
            .transcript = "! kept here: no server was asked\n"};
}

chaos_carrier::chaos_carrier(const chaos_settings& settings, std::unique_ptr<mail_carrier> carrier,
                             surroundings surroundings)
    : settings_{settings}, carrier_{std::move(carrier)}, surroundings_{std::move(surroundings)} {}

smtp_attempt chaos_carrier::send(const envelope& envelope, std::string_view message,
                                 const content_permission& may_go_out) {
    const auto fate = draw(settings_, surroundings_.random());
    if (fate == chaos_fate::refused) return replied(550, "550 5.7.1 chaos: refused");
    if (fate == chaos_fate::deferred) return replied(451, "451 4.3.0 chaos: come back later");
    if (fate == chaos_fate::dropped)
        return {.stage = smtp_stage::content,
                .reply = "chaos: the connection broke",
                .transcript = "! chaos: the connection broke\n"};
    if (fate == chaos_fate::none) return carrier_->send(envelope, message, may_go_out);

    const std::chrono::duration<double, std::milli> more = (longest_pause - shortest_pause) * surroundings_.random();
    const auto pause = shortest_pause + std::chrono::duration_cast<std::chrono::milliseconds>(more);
    const auto note = "! chaos: a pause of " + std::to_string(pause.count()) + " ms\n";
    if (!surroundings_.wait_for(pause))
        return {.reply = "broken off in a pause of chaos", .interrupted = true, .transcript = note};
    auto attempt = carrier_->send(envelope, message, may_go_out);
    attempt.took += pause;
    attempt.transcript.insert(0, note);
    return attempt;
}

std::unique_ptr<mail_carrier> with_chaos(const chaos_settings& settings, std::unique_ptr<mail_carrier> carrier,
                                         const std::atomic<bool>& abort) {
    return std::make_unique<chaos_carrier>(
        settings, std::move(carrier),
        chaos_carrier::surroundings{
            .random = core::random_fraction,
            .wait_for = [&abort](std::chrono::milliseconds time) { return wait_unless(abort, time); }});
}

}  // namespace email
