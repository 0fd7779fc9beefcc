#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <storage/deferred_index.hpp>
#include <storage/transaction.hpp>
#include <string>

#include "delivery.hpp"
#include "mail.hpp"

namespace email {

// A new mail's way into the queue, and on to a worker that rests, if there is one. That begins to talk to the server
// while the mail is being committed, and the commit claims the mail for it; DATA waits for the commit, and is not said
// when there is none. Everything else waits for its turn.
//
// Made on the loop right before the mail's transaction and destroyed there after it. All that is given outlives it.
class handover {
public:
    handover(delivery& delivery, storage::deferred_index& words, const new_mail& mail, const std::string& raw);
    handover(const handover&) = delete;
    handover& operator=(const handover&) = delete;
    // What was not committed was not claimed either.
    ~handover();

    // Writer thread, in the transaction.
    void queue(storage::transaction& transaction);
    // Loop, once the transaction is committed, also when queue() was not called in it.
    void committed();

private:
    void settle(std::optional<std::int64_t> sequence);

    delivery& delivery_;
    storage::deferred_index& words_;
    const new_mail& mail_;
    const std::string& raw_;
    sender* const sender_;  // of the first receiver; with several servers the others are woken
    std::promise<std::optional<std::int64_t>> sequence_;
    sender::worker* worker_ = nullptr;
    std::optional<std::int64_t> queued_;  // its sequence
};

}  // namespace email
