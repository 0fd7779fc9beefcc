#pragma once

#include <core/backoff.hpp>
#include <email/settings.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

#include "host_breaker.hpp"
#include "mail.hpp"
#include "outcome_counters.hpp"
#include "smtp_outcome.hpp"

namespace email {

// A mail after an attempt to send it, before that was noted.
struct finished_mail {
    claimed_mail mail;
    smtp_attempt attempt;
    host_breaker::ticket ticket;
    std::optional<masked_copy> masked{};          // when it was delivered and had a secret
    std::vector<recipient_outcome> recipients{};  // as the envelope has them; none when the server was not to be had
    core::timestamp ended_at{};                   // the attempt
    std::string error{};                          // what people read about it; empty when all of them were taken
};

// Writes down what became of a mail and tells the bus, in one transaction. Writer thread. The settings outlive it.
class outcome_notes {
public:
    explicit outcome_notes(const settings& settings) : settings_{settings}, retry_{settings.retry} {}

    // Returns what has become of whom, of this mail and of those that it shows to have waited for too long.
    [[nodiscard]] outcome_tally note(storage::transaction& transaction, const finished_mail& last) const;

private:
    [[nodiscard]] outcome_tally note_recipients(storage::transaction& transaction, const finished_mail& last,
                                                bool may_be_told) const;
    [[nodiscard]] std::int64_t expire(storage::transaction& transaction, const std::string& server,
                                      const std::string& error) const;

    const settings& settings_;
    core::retry_schedule retry_;
};

}  // namespace email
