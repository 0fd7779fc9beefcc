#pragma once

#include <cstddef>
#include <cstdint>
#include <email/messages.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "mail.hpp"
#include "smtp_routes.hpp"

// The SQL of this module. Functions that take a reader run anywhere, those that take a transaction on the writer
// thread.
namespace email::mail_repository {

// Returns its sequence. The receivers at the server `at_once`, if one is named, do not wait: the mail is being sent to
// them.
std::int64_t insert(storage::transaction& transaction, const smtp_routes& routes, const new_mail& mail,
                    const std::string& raw, const std::string* at_once = nullptr);

[[nodiscard]] std::optional<email_view> find(storage::reader& reader, const std::string& id);
[[nodiscard]] std::optional<std::string> find_raw(storage::reader& reader, const std::string& id);
// All that is given has to hold.
struct filter {
    std::optional<std::string> receiver_key{};  // core::email_address::key
    std::optional<std::string> status{};
    std::optional<std::string> words{};  // storage::match_all_words()
};
// Newest first. `page` from 1.
[[nodiscard]] email_page search(storage::reader& reader, const filter& wanted, std::int64_t page, std::int64_t size);

// All mails of this receiver. `receiver_key`: core::email_address::key.
void erase_receiver(storage::transaction& transaction, const std::string& receiver_key);
}  // namespace email::mail_repository
