#include "handover.hpp"

#include <algorithm>
#include <utility>

#include "mail_queue.hpp"

namespace email {

handover::handover(delivery& delivery, storage::deferred_index& words, const new_mail& mail, const std::string& raw)
    : delivery_{delivery},
      words_{words},
      mail_{mail},
      raw_{raw},
      sender_{delivery.sender_of(delivery.routes().of(mail.recipients.front().address.canonical))} {
    if (sender_ == nullptr || !sender_->can_begin()) return;
    auto claimed = claim(delivery.routes(), mail, raw, sender_->name());
    worker_ = &sender_->begin({.mail = std::move(claimed), .sequence = sequence_.get_future().share()});
}

handover::~handover() { settle(std::nullopt); }

void handover::queue(storage::transaction& transaction) {
    const auto* const begun_at = worker_ != nullptr ? &sender_->name() : nullptr;
    queued_ = queue_mail(transaction, delivery_.routes(), mail_, raw_, begun_at);
}

void handover::committed() {
    const bool is_early = worker_ != nullptr && queued_;
    settle(queued_);
    const bool is_all = is_early && std::ranges::all_of(mail_.recipients, [this](const recipient& one) {
                            return delivery_.routes().of(one.address.canonical) == sender_->name();
                        });
    if (!is_all) delivery_.wake();
    words_.note_change();
}

void handover::settle(std::optional<std::int64_t> sequence) {
    if (worker_ == nullptr) return;
    sequence_.set_value(sequence);
    sender_->settled(*std::exchange(worker_, nullptr));
}

}  // namespace email
