#include "sender.hpp"

#include <algorithm>
#include <stdexcept>

#include "attempt_span.hpp"
#include "delivery_rows.hpp"

namespace email {
namespace {

// While a commit takes long the end of the module must not wait for it.
constexpr std::chrono::milliseconds between_looks{100};

core::retry_schedule probe_pauses() { return core::doubling(std::chrono::seconds{1}, std::chrono::seconds{30}); }

bool comes_to(const finished_mail& last, verdict outcome) {
    return std::ranges::find(last.recipients, outcome, &recipient_outcome::outcome) != last.recipients.end();
}

// Signed for each attempt, so that a mail that waited has the signature of the key that is in force.
smtp_attempt send_safely(mail_carrier& carrier, const claimed_mail& mail, const dkim_signer* signer,
                         core::timestamp now, const content_permission& may_go_out) {
    try {
        return carrier.send(mail.envelope, signer != nullptr ? signer->sign(mail.raw, now) + mail.raw : mail.raw,
                            may_go_out);
    } catch (const std::invalid_argument& refused) {
        return {.stage = smtp_stage::sender, .reply_code = 553, .reply = refused.what()};
    } catch (const std::exception& failure) {
        // Not the server's doing, so it counts as an attempt of this mail.
        return {.stage = smtp_stage::content, .reply = failure.what()};
    }
}

}  // namespace

sender::sender(const bus::module_context& context, const settings& settings, std::string name,
               const smtp_server* server, carrier_maker make_carrier, const dkim_signer* signer)
    : context_{context},
      settings_{settings},
      name_{std::move(name)},
      server_{server},
      password_{server != nullptr ? server->password : std::string{}},
      make_carrier_{std::move(make_carrier)},
      signer_{signer},
      outcomes_{settings},
      counters_{context.runtime.metrics},
      breaker_{probe_pauses()},
      pool_{context.runtime.loop,
            {.name = "busbar-smtp", .threads = settings.connections, .queue = settings.connections}},
      alarms_{context.runtime.loop, context.runtime.time, context.log},
      tasks_{context.runtime.loop, context.runtime.time, context.log} {}

sender::~sender() = default;

void sender::start() {
    for (std::size_t i = 0; i < settings_.connections; ++i) {
        auto& worker = workers_.emplace_back(context_.runtime.loop, make_carrier_(abort_));
        tasks_.spawn_restarting("mail sender " + std::to_string(i + 1), [this, &worker] { return work(worker); });
    }
}

core::awaitable<void> sender::work(worker& self) {
    while (true) {
        if (auto early = std::exchange(self.early, std::nullopt)) co_await send_early(self, std::move(*early));
        const auto seen = wakes_;
        const auto ticket = !stopping_ && has_due() ? breaker_.admit(context_.runtime.time.monotonic()) : std::nullopt;
        if (!self.last && !ticket) {
            if (stopping_) co_return;
            if (seen == wakes_) co_await rest(self);
            continue;
        }
        std::optional<claimed_mail> mail;
        try {
            mail = co_await turn(self, ticket.has_value());
        } catch (...) {
            if (ticket) breaker_.unused(*ticket);
            throw;
        }
        if (!mail) {
            if (ticket) breaker_.unused(*ticket);
            continue;
        }
        if (!breaker_.is_open()) ring_one();  // there may be work for one more
        co_await send(self, std::move(*mail), *ticket);
    }
}

core::awaitable<void> sender::send(worker& self, claimed_mail mail, host_breaker::ticket ticket) {
    self.last.emplace(finished_mail{.mail = std::move(mail), .attempt = {}, .ticket = ticket});
    co_await deliver(self, *self.last, {});
    settle(*self.last);
}

core::awaitable<void> sender::send_early(worker& self, early_mail early) {
    const auto is_known = [&early](std::chrono::milliseconds limit) {
        return early.sequence.wait_for(limit) == std::future_status::ready;
    };
    finished_mail done{.mail = std::move(early.mail), .attempt = {}, .ticket = {}};
    co_await deliver(self, done, [this, &early, &is_known] {
        while (!is_known(between_looks))
            if (abort_) return false;
        return early.sequence.get().has_value();
    });
    while (!is_known({})) co_await self.settled.wait();
    settle(done);
    const auto sequence = early.sequence.get();
    if (!sequence) co_return;
    done.mail.sequence = *sequence;
    self.last.emplace(std::move(done));
}

core::awaitable<std::optional<claimed_mail>> sender::turn(worker& self, bool claims) {
    const core::origin from = self.last ? self.last->mail.from : core::origin{};
    using enum delivery_rows::line;
    const auto preferred = std::exchange(next_line_, next_line_ == repeats ? first_attempts : repeats);
    auto [tally, mail] = co_await context_.database.write(from, [this, &self, claims, preferred](auto& transaction) {
        auto noted = self.last ? outcomes_.note(transaction, *self.last) : outcome_tally{};
        return std::pair{noted, claims ? delivery_rows::claim(transaction, name_, preferred) : std::nullopt};
    });
    if (self.last) {
        counters_.add(tally, self.last->ended_at - self.last->mail.queued_at);
        report(*self.last);
    }
    self.last.reset();
    co_return std::move(mail);
}

core::awaitable<void> sender::deliver(worker& self, finished_mail& done, const content_permission& may_go_out) {
    std::string trouble = "the senders are being stopped";
    bool was_called = false;
    auto span = attempt_span(context_.runtime.traces, done.mail, server_);
    try {
        // A worker has at most one mail under way, so the pool always has room.
        const auto called = co_await pool_.run([this, &self, &done, &may_go_out, now = context_.runtime.time.now()] {
            done.attempt = send_safely(*self.carrier, done.mail, signer_, now, may_go_out);
            if (done.attempt.accepted && !done.mail.secret.empty())
                done.masked = mask(done.mail.content, done.mail.secret);
        });
        was_called = called.has_value();
    } catch (...) {
        trouble = core::describe(std::current_exception());
    }
    // The mail has been claimed, so whatever happened must be noted: it goes out again, with the same Message-ID.
    if (!was_called) done.attempt = {.stage = smtp_stage::connecting, .reply = trouble, .interrupted = true};
    done.ended_at = context_.runtime.time.now();
    describe(done);
    note_outcome(span, done);
}

void sender::describe(finished_mail& done) const {
    hide(done.attempt.transcript, password_);
    const auto& to = done.mail.envelope.to;
    if (done.attempt.interrupted || judge(done.attempt) == verdict::host) {
        done.error = describe_reply(done.attempt.reply, password_);
        return;
    }
    done.recipients = judge_recipients(done.attempt, to.size());
    for (std::size_t i = 0; i < to.size(); ++i) {
        auto& [outcome, code, reply] = done.recipients[i];
        reply = describe_reply(std::move(reply), password_);
        if (outcome != verdict::sent && done.error.empty()) done.error = to.size() == 1 ? reply : to[i] + ": " + reply;
    }
}

// What an outcome means for the mails after it.
void sender::settle(const finished_mail& last) {
    const auto now = context_.runtime.time.monotonic();
    if (last.attempt.interrupted) {
        breaker_.unused(last.ticket);
    } else if (judge(last.attempt) != verdict::host) {
        if (breaker_.passed(last.ticket)) {
            host_trouble_.clear();
            context_.log.info("the mail server is back", {{"server", name_}});
            ring_all();
        }
    } else {
        if (!breaker_.is_open())
            context_.log.warning("the mail server takes no mail; one at a time is tried until it does",
                                 {{"server", name_}, {"error", last.error}});
        breaker_.failed(last.ticket, now, core::random_fraction());
        host_trouble_ = last.error;
    }
}

void sender::report(const finished_mail& last) const {
    core::logger::fields fields{{"email_id", last.mail.id}, {"attempts", last.mail.attempts}};
    if (last.attempt.accepted && !name_.empty()) context_.log.info("mail sent", fields, last.mail.from);
    if (last.error.empty()) return;
    fields.emplace_back("error", last.error);
    if (comes_to(last, verdict::permanent))
        context_.log.warning("mail failed", std::move(fields), last.mail.from);
    else if (comes_to(last, verdict::temporary))
        context_.log.info("mail deferred", std::move(fields), last.mail.from);
}

void sender::stop(std::chrono::milliseconds limit) {
    stopping_ = true;
    ring_all();
    alarms_.spawn("mail drain limit", limit_drain(limit));
}

core::awaitable<void> sender::finish() {
    co_await tasks_.join();
    alarms_.stop();
    co_await alarms_.join();
    for (auto& worker : workers_) static_cast<void>(co_await pool_.run([&worker] { worker.carrier->close(); }));
    pool_.stop();
}

core::awaitable<void> sender::limit_drain(std::chrono::milliseconds limit) {
    // Real time, whatever the clock of the module says: it is the server and the kernel that are waited for.
    core::steady_timer timer{context_.runtime.loop, limit};
    co_await timer.async_wait(core::use_awaitable);
    context_.log.warning("mails are still being sent and are broken off", {{"count", tasks_.running()}});
    abort_ = true;
    // libcurl looks at the flag once a second at least.
    timer.expires_after(std::chrono::seconds{2});
    co_await timer.async_wait(core::use_awaitable);
    tasks_.stop();
}

std::string sender::away() const {
    return breaker_.is_open() ? "the mail server " + name_ + " takes no mail: " + host_trouble_ : std::string{};
}

std::string sender::trouble() const {
    const auto failing = tasks_.failing();
    return failing.empty() ? std::string{} : failing.front();
}

}  // namespace email
