#include "outcome_notes.hpp"

#include <algorithm>
#include <bus/publish.hpp>
#include <email/messages.hpp>

#include "mail_repository.hpp"

namespace email {
namespace {

constexpr std::size_t expire_batch = 100;

}  // namespace

void outcome_notes::note(storage::transaction& transaction, const finished_mail& last) const {
    const auto& mail = last.mail;
    const auto deadline = mail.queued_at + settings_.give_up_after;
    if (last.attempt.interrupted) {
        mail_repository::note_deferred(transaction, mail, mail.attempts, last.error, transaction.now());
    } else if (judge(last.attempt) != verdict::host) {
        note_recipients(transaction, last, deadline);
    } else if (transaction.now() >= deadline) {
        fail(transaction, last);
    } else {
        // The attempt is given back: it says nothing about the mail.
        mail_repository::note_deferred(transaction, mail, mail.attempts - 1, last.error, transaction.now());
        expire(transaction, last.error);
    }
}

// Each for itself: who has it does not get it again because somebody else has no room at present.
void outcome_notes::note_recipients(storage::transaction& transaction, const finished_mail& last,
                                    core::timestamp deadline) const {
    const auto& mail = last.mail;
    const auto& to = mail.envelope.to;
    email_sent sent{.email_id = mail.id, .to = {}, .attempts = mail.attempts};
    email_failed failed{.email_id = mail.id, .to = {}, .attempts = mail.attempts};
    bool is_waiting = false;
    for (std::size_t i = 0; i < to.size(); ++i) {
        const auto& [outcome, reply_code, reply] = last.recipients.at(i);
        if (outcome == verdict::sent) {
            mail_repository::note_recipient(transaction, mail.sequence, to[i], "sent", reply);
            sent.to.push_back(to[i]);
        } else if (outcome == verdict::permanent || transaction.now() >= deadline) {
            mail_repository::note_recipient(transaction, mail.sequence, to[i], "failed", reply);
            failed.to.push_back(to[i]);
            failed.reply_code = reply_code;
        } else {
            mail_repository::note_recipient(transaction, mail.sequence, to[i], "pending", reply);
            is_waiting = true;
        }
    }
    if (is_waiting) {
        const auto pause = retry_.delay(static_cast<std::size_t>(mail.attempts), core::random_fraction());
        mail_repository::note_deferred(transaction, mail, mail.attempts, last.error,
                                       std::min(transaction.now() + pause, deadline));
    } else {
        mail_repository::note_finished(transaction, mail, last.error, last.masked);
    }
    if (!sent.to.empty()) {
        mail_repository::note_taken(transaction, mail.sequence);
        bus::publish(transaction, std::move(sent));
    }
    if (!failed.to.empty()) bus::publish(transaction, std::move(failed));
}

void outcome_notes::fail(storage::transaction& transaction, const finished_mail& last) const {
    mail_repository::note_failed(transaction, last.mail.sequence, last.error);
    bus::publish(transaction, email_failed{.email_id = last.mail.id,
                                           .to = last.mail.envelope.to,
                                           .attempts = last.mail.attempts,
                                           .reply_code = last.attempt.reply_code});
}

// While the server is away only one mail at a time meets its deadline by being tried; the others end here.
void outcome_notes::expire(storage::transaction& transaction, const std::string& error) const {
    const auto oldest = transaction.now() - settings_.give_up_after;
    for (auto& mail : mail_repository::queued_before(transaction, oldest, expire_batch)) {
        mail_repository::note_failed(transaction, mail.sequence, error);
        bus::publish(transaction,
                     email_failed{.email_id = mail.id, .to = std::move(mail.to), .attempts = mail.attempts});
    }
}

}  // namespace email
