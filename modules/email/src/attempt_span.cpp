#include "attempt_span.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace email {
namespace {

std::string_view name_of(smtp_stage stage) {
    switch (stage) {
        case smtp_stage::connecting:
            return "connecting";
        case smtp_stage::securing:
            return "STARTTLS";
        case smtp_stage::signing_in:
            return "AUTH";
        case smtp_stage::sender:
            return "MAIL FROM";
        case smtp_stage::recipients:
            return "RCPT TO";
        case smtp_stage::content:
            return "DATA";
    }
    return "connecting";
}

bool has_reached_all(const finished_mail& done) {
    return done.attempt.accepted && std::ranges::all_of(done.recipients, [](const recipient_outcome& one) {
               return one.outcome == verdict::sent;
           });
}

}  // namespace

core::span attempt_span(core::tracer& traces, const claimed_mail& mail, const smtp_server* server) {
    auto trace = mail.from.trace;
    auto span = traces.begin("smtp send", core::span_kind::client, "email", trace);
    if (!span.is_recorded()) return span;
    span.add("network.protocol.name", "smtp");
    if (server != nullptr) {
        span.add("server.address", server->host);
        span.add("server.port", server->port);
    }
    span.add("busbar.email.id", mail.id);
    span.add("busbar.email.recipients", mail.envelope.to.size());
    span.add("busbar.attempt", mail.attempts);
    return span;
}

void note_outcome(core::span& span, const finished_mail& done) {
    if (!span.is_recorded()) return;
    const auto& attempt = done.attempt;
    if (attempt.reply_code != 0) span.add("busbar.smtp.reply_code", attempt.reply_code);
    if (has_reached_all(done)) return;
    const auto stage = std::string{name_of(attempt.stage)};
    if (attempt.interrupted)
        span.fail("interrupted", "broken off by this side");
    else if (attempt.accepted)
        span.fail("recipients", "the server did not take it for all");
    else if (attempt.reply_code == 0)
        span.fail("no_reply", "at " + stage);
    else
        span.fail(std::to_string(attempt.reply_code), "at " + stage);
}

}  // namespace email
