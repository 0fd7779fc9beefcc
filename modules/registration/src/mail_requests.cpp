#include "mail_requests.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "secret_token.hpp"

namespace registration::mail_requests {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t so_many_times_an_hour = 5;

std::int64_t count_since(storage::reader& reader, const std::string& hash, core::timestamp time) {
    return reader.query_one<std::int64_t>("SELECT count(*) FROM mail_requests WHERE key_hash = ?1 AND at > ?2", hash,
                                          time);
}

}  // namespace

bool note(storage::transaction& transaction, std::string_view email_key, const std::optional<core::rate>& limit) {
    const auto now = transaction.now();
    const auto hash = hash_of(email_key);
    const auto kept_for = std::max<std::chrono::milliseconds>(1h, limit ? limit->per : 0ms);
    transaction.execute("DELETE FROM mail_requests WHERE at <= ?1", now - kept_for);
    const bool may_send = !limit || (count_since(transaction, hash, now - limit->per) < limit->count &&
                                     count_since(transaction, hash, now - 1h) < limit->count * so_many_times_an_hour);
    // What is refused does not count, or whoever asks all the time would never get one.
    transaction.execute("INSERT INTO mail_requests (key_hash, at) VALUES (?1, ?2)",
                        may_send ? hash : hash_of("refused"), now);
    return may_send;
}

}  // namespace registration::mail_requests
