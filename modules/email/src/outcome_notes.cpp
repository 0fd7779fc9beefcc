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
    const auto deadline = mail.created_at + settings_.give_up_after;
    const auto outcome = judge(last.attempt);
    if (outcome == verdict::sent) {
        mail_repository::note_sent(transaction, mail, last.masked);
        bus::publish(transaction, email_sent{.email_id = mail.id, .to = mail.envelope.to, .attempts = mail.attempts});
    } else if (last.attempt.interrupted) {
        mail_repository::note_deferred(transaction, mail, mail.attempts, last.error, transaction.now());
    } else if (outcome == verdict::permanent || transaction.now() >= deadline) {
        fail(transaction, last);
    } else if (outcome == verdict::host) {
        // The attempt is given back: it says nothing about the mail.
        mail_repository::note_deferred(transaction, mail, mail.attempts - 1, last.error, transaction.now());
        expire(transaction, last.error);
    } else {
        const auto pause = retry_.delay(static_cast<std::size_t>(mail.attempts), core::random_fraction());
        mail_repository::note_deferred(transaction, mail, mail.attempts, last.error,
                                       std::min(transaction.now() + pause, deadline));
    }
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
    for (auto& mail : mail_repository::created_before(transaction, oldest, expire_batch)) {
        mail_repository::note_failed(transaction, mail.sequence, error);
        bus::publish(transaction,
                     email_failed{.email_id = mail.id, .to = std::move(mail.to), .attempts = mail.attempts});
    }
}

}  // namespace email
