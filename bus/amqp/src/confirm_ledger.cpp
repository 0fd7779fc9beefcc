#include "confirm_ledger.hpp"

namespace bus::amqp {

std::uint64_t confirm_ledger::publish(std::uint64_t id) {
    entries_.push_back({.id = id});
    ++open_;
    return first_tag_ + entries_.size() - 1;
}

confirm_ledger::entry* confirm_ledger::find(std::uint64_t tag) {
    if (tag < first_tag_ || tag - first_tag_ >= entries_.size()) return nullptr;
    return &entries_[tag - first_tag_];
}

void confirm_ledger::return_unroutable(std::uint64_t tag) {
    if (auto* message = find(tag)) message->is_unroutable = true;
}

void confirm_ledger::settle(std::uint64_t tag, bool is_multiple, bool is_taken,
                            std::vector<confirmation>& confirmations) {
    if (is_multiple) {
        const auto last = tag == 0 ? first_tag_ + entries_.size() - 1 : tag;
        while (!entries_.empty() && first_tag_ <= last) {
            settle_one(entries_.front(), is_taken, confirmations);
            entries_.pop_front();
            ++first_tag_;
        }
    } else if (auto* message = find(tag)) {
        settle_one(*message, is_taken, confirmations);
    }
    while (!entries_.empty() && entries_.front().is_settled) {
        entries_.pop_front();
        ++first_tag_;
    }
}

void confirm_ledger::settle_one(entry& message, bool is_taken, std::vector<confirmation>& confirmations) {
    if (message.is_settled) return;
    message.is_settled = true;
    --open_;
    using enum confirmation::outcome;
    confirmations.push_back({.id = message.id,
                             .outcome = message.is_unroutable ? unroutable
                                        : is_taken            ? taken
                                                              : refused});
}

}  // namespace bus::amqp
