#pragma once

#include <core/error.hpp>
#include <core/metrics.hpp>

namespace registration {

// What became of a registration.
enum class sign_up_outcome {
    fresh,     // a new user
    known,     // the address is registered: its owner is told, and nobody else
    repeated,  // the same request once more, by its idempotency key
};

// Counts for GET /metrics what people do with accounts, once it is on disk.
class account_counters {
public:
    explicit account_counters(core::metrics& metrics);

    void signed_up(sign_up_outcome outcome);
    void confirmed() { confirmations_.Increment(); }
    void password_was_reset() { resets_.Increment(); }
    // `failure`: why it was not; nothing when it was.
    void signed_in(const core::error* failure);

private:
    core::counter& fresh_;
    core::counter& known_;
    core::counter& repeated_;
    core::counter& confirmations_;
    core::counter& resets_;
    core::counter& succeeded_;
    core::counter& failed_;    // the address or the password is not right
    core::counter& refused_;   // not confirmed, or disabled
    core::counter& limited_;   // too often
    core::counter& not_done_;  // overload, trouble with the storage
};

}  // namespace registration
