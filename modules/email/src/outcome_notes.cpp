#include "outcome_notes.hpp"

#include <algorithm>
#include <bus/publish.hpp>
#include <email/messages.hpp>

#include "delivery_rows.hpp"

namespace email {
namespace {

constexpr std::size_t expire_batch = 100;

}  // namespace

outcome_tally outcome_notes::note(storage::transaction& transaction, const finished_mail& last) const {
    const auto& mail = last.mail;
    if (!delivery_rows::is_there(transaction, mail)) return {};
    // Else conversation and error may name somebody who was erased.
    const bool may_be_told = delivery_rows::has_all_recipients(transaction, mail);
    if (may_be_told && !last.attempt.transcript.empty())
        delivery_rows::keep_transcript(transaction, mail, last.attempt);
    if (last.attempt.interrupted) {
        delivery_rows::give_back(transaction, mail, false, last.error);
        return {};
    }
    if (judge(last.attempt) != verdict::host) return note_recipients(transaction, last, may_be_told);
    // The attempt is given back: it says nothing about the mail.
    delivery_rows::give_back(transaction, mail, true, last.error);
    return {.failed = expire(transaction, mail.server, last.error)};
}

// Each for itself: who has it does not get it again because somebody else has no room at present.
outcome_tally outcome_notes::note_recipients(storage::transaction& transaction, const finished_mail& last,
                                             bool may_be_told) const {
    const auto& mail = last.mail;
    const auto& to = mail.envelope.to;
    const auto deadline = mail.queued_at + settings_.give_up_after;
    const auto pause = retry_.delay(static_cast<std::size_t>(mail.attempts), core::random_fraction());
    email_sent sent{.email_id = mail.id, .to = {}, .attempts = mail.attempts};
    email_failed failed{.email_id = mail.id, .to = {}, .attempts = mail.attempts};
    outcome_tally tally;
    for (std::size_t i = 0; i < to.size(); ++i) {
        const auto& [outcome, reply_code, reply] = last.recipients.at(i);
        if (outcome == verdict::sent && mail.server.empty()) {
            delivery_rows::note_ended(transaction, mail, i, "captured", reply);
            ++tally.captured;
        } else if (outcome == verdict::sent) {
            delivery_rows::note_ended(transaction, mail, i, "sent", reply);
            sent.to.push_back(to[i]);
        } else if (outcome == verdict::permanent || transaction.now() >= deadline) {
            delivery_rows::note_ended(transaction, mail, i, "failed", reply);
            failed.to.push_back(to[i]);
            failed.reply_code = reply_code;
        } else {
            delivery_rows::note_waiting(transaction, mail, i, reply, std::min(transaction.now() + pause, deadline));
            ++tally.deferred;
        }
    }
    delivery_rows::sum_up(transaction, mail.sequence, may_be_told ? last.error : "", last.masked);
    tally.sent = std::ssize(sent.to);
    tally.failed = std::ssize(failed.to);
    if (!sent.to.empty()) {
        delivery_rows::note_taken(transaction, mail.sequence);
        bus::publish(transaction, std::move(sent));
    }
    if (!failed.to.empty()) bus::publish(transaction, std::move(failed));
    return tally;
}

// While its server is away a mail does not meet its deadline by being tried.
std::int64_t outcome_notes::expire(storage::transaction& transaction, const std::string& server,
                                   const std::string& error) const {
    std::int64_t failed = 0;
    const auto oldest = transaction.now() - settings_.give_up_after;
    for (auto& mail : delivery_rows::expire(transaction, server, oldest, error, expire_batch)) {
        failed += std::ssize(mail.to);
        bus::publish(transaction,
                     email_failed{.email_id = mail.id, .to = std::move(mail.to), .attempts = mail.attempts});
    }
    return failed;
}

}  // namespace email
