#pragma once

#include <core/tracer.hpp>
#include <email/settings.hpp>

#include "outcome_notes.hpp"

namespace email {

// The span of one attempt to hand a mail over, below what ordered the mail: the trace is kept in the mail's row, so it
// goes on after pauses and restarts. `server`: none when the mail is kept here. Loop thread.
[[nodiscard]] core::span attempt_span(core::tracer& traces, const claimed_mail& mail, const smtp_server* server);

// What came of it: codes alone, since a server may quote the mail, and the token in it, in what it replies.
void note_outcome(core::span& span, const finished_mail& done);

}  // namespace email
