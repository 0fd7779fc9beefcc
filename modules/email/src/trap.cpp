#include "trap.hpp"

#include <functional>
#include <storage/error.hpp>
#include <utility>

#include "delivery_rows.hpp"
#include "mail_repository.hpp"
#include "trap_message.hpp"

namespace email {
namespace {

constexpr std::size_t most_waiting = 100;  // as there are connections

}  // namespace

trap::trap(const bus::module_context& context, const settings& settings, storage::deferred_index& words,
           listen_address address)
    : context_{context},
      settings_{settings},
      words_{words},
      nowhere_{email::settings{}},
      counters_{context.runtime.metrics},
      readers_{context.runtime.loop, {.name = "mail trap", .threads = 1, .queue = most_waiting}},
      listener_{context, std::move(address), std::bind_front(&trap::keep, this)} {}

core::awaitable<bool> trap::keep(const trapped_mail& mail) {
    const auto id = context_.runtime.ids.next();
    const auto kept = co_await readers_.run(
        [this, &mail, &id, now = context_.runtime.time.now()] { return read_trapped(mail, settings_, id, now); });
    if (!kept) co_return false;
    try {
        co_await context_.database.write({}, [this, &kept, &id](storage::transaction& transaction) {
            mail_repository::insert(transaction, nowhere_, kept->mail, kept->raw);
            delivery_rows::keep(transaction, id);
        });
        words_.note_change();
        counters_.add({.captured = std::ssize(kept->mail.recipients)});
        co_return true;
    } catch (const storage::error& failure) {
        if (failure.kind() != storage::failure::full && failure.kind() != storage::failure::overloaded) throw;
        context_.log.warning("a trapped mail could not be kept", {{"error", failure.what()}});
    }
    co_return false;
}

core::awaitable<void> trap::stop() {
    co_await listener_.stop();
    readers_.stop();
}

}  // namespace email
