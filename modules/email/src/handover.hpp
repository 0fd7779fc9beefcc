#pragma once

#include <optional>
#include <storage/deferred_index.hpp>
#include <storage/transaction.hpp>
#include <string>

#include "delivery.hpp"
#include "mail.hpp"

namespace email {

// A new mail's way into the queue, and on to a worker that rests, if there is one: then the commit that queues the mail
// claims it as well, and it goes out at once instead of after a second commit. Everything else waits for its turn.
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
    delivery& delivery_;
    storage::deferred_index& words_;
    const new_mail& mail_;
    const std::string& raw_;
    sender* const sender_;  // of the first receiver; with several servers the others are woken
    sender::worker* worker_;
    std::optional<claimed_mail> claimed_;
};

}  // namespace email
