#include "handover.hpp"

#include <utility>

#include "mail_queue.hpp"

namespace email {

handover::handover(delivery& delivery, storage::deferred_index& words, const new_mail& mail, const std::string& raw)
    : delivery_{delivery},
      words_{words},
      mail_{mail},
      raw_{raw},
      sender_{delivery.sender_of(delivery.routes().of(mail.recipients.front().address.canonical))},
      worker_{sender_ != nullptr ? sender_->reserve() : nullptr} {}

handover::~handover() {
    if (worker_ != nullptr) sender_->give(*worker_, std::nullopt);
}

void handover::queue(storage::transaction& transaction) {
    claimed_ =
        queue_mail(transaction, delivery_.routes(), mail_, raw_, worker_ != nullptr ? &sender_->name() : nullptr);
}

void handover::committed() {
    const bool is_all = claimed_ && claimed_->positions.size() == mail_.recipients.size();
    if (claimed_) sender_->give(*std::exchange(worker_, nullptr), std::move(claimed_));
    if (!is_all) delivery_.wake();
    words_.note_change();
}

}  // namespace email
