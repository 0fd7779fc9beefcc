#pragma once

#include <bus/call.hpp>
#include <bus/json.hpp>
#include <core/error.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>

namespace bus {
namespace detail {

struct earlier_answer {
    bool is_to_the_same = false;  // request
    std::string answer;
};
[[nodiscard]] std::optional<earlier_answer> find_answer(storage::transaction& transaction, const std::string& key,
                                                        std::string_view asked);
void keep_answer(storage::transaction& transaction, const std::string& key, std::string_view asked,
                 const std::string& answer);

}  // namespace detail

// `work` creates something, in this transaction, and returns core::result<Answer>. It is done once for each idempotency
// key: a request that comes again within a day gets the answer of the first; one that asks for something else under
// the same key is refused as invalid (draft-ietf-httpapi-idempotency-key-header-06). Errors are not kept, so what
// failed can be tried again. Without a key it is simply done.
//
// `asked`: what tells requests apart, without secrets; only a hash of it is kept. The answer is kept as it is and so
// must hold no secret either. Writer thread, inside database::write().
template <described Answer, class Work>
[[nodiscard]] core::result<Answer> once(storage::transaction& transaction, const call& call, std::string_view asked,
                                        Work work) {
    if (call.idempotency_key.empty()) return work();
    if (const auto earlier = detail::find_answer(transaction, call.idempotency_key, asked)) {
        if (!earlier->is_to_the_same)
            return std::unexpected{core::error{core::error_kind::invalid,
                                               "This Idempotency-Key was used for another request. Take a new one.",
                                               {},
                                               "idempotency-key-reused"}};
        return decode<Answer>(earlier->answer, reading::newer_version).value();
    }
    core::result<Answer> answer = work();
    if (answer) detail::keep_answer(transaction, call.idempotency_key, asked, encode(*answer));
    return answer;
}

}  // namespace bus
