#include "account_counters.hpp"

namespace registration {
namespace {

core::counter& registrations(core::metrics& metrics, const char* outcome) {
    return metrics.add_counter("busbar_registration_registrations_total", "Registrations that were accepted.",
                               {{"outcome", outcome}});
}

core::counter& sign_ins(core::metrics& metrics, const char* outcome) {
    return metrics.add_counter("busbar_registration_sign_ins_total", "Attempts to sign in.", {{"outcome", outcome}});
}

}  // namespace

account_counters::account_counters(core::metrics& metrics)
    : fresh_{registrations(metrics, "new")},
      known_{registrations(metrics, "known")},
      repeated_{registrations(metrics, "repeated")},
      confirmations_{metrics.add_counter("busbar_registration_confirmations_total", "Addresses that were confirmed.")},
      resets_{metrics.add_counter("busbar_registration_password_resets_total", "Passwords that were reset by mail.")},
      succeeded_{sign_ins(metrics, "succeeded")},
      failed_{sign_ins(metrics, "failed")},
      refused_{sign_ins(metrics, "refused")},
      limited_{sign_ins(metrics, "limited")},
      not_done_{sign_ins(metrics, "not_done")} {}

void account_counters::signed_up(sign_up_outcome outcome) {
    switch (outcome) {
        case sign_up_outcome::fresh:
            return fresh_.Increment();
        case sign_up_outcome::known:
            return known_.Increment();
        case sign_up_outcome::repeated:
            return repeated_.Increment();
    }
}

void account_counters::signed_in(const core::error* failure) {
    if (failure == nullptr) return succeeded_.Increment();
    switch (failure->kind) {
        case core::error_kind::unauthenticated:
            return failed_.Increment();
        case core::error_kind::denied:
            return refused_.Increment();
        case core::error_kind::limited:
            return limited_.Increment();
        default:
            return not_done_.Increment();
    }
}

}  // namespace registration
