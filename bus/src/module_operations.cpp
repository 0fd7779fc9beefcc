#include "module_operations.hpp"

#include <algorithm>
#include <charconv>
#include <storage/dead_letters.hpp>
#include <storage/event_log.hpp>
#include <storage/replica_log.hpp>

#include "operation_views.hpp"
#include "retention.hpp"

namespace bus {
namespace {

constexpr std::size_t revived_at_a_time = 500;
constexpr std::size_t largest_part = std::size_t{1} << 20U;

std::optional<std::int64_t> row_of(const std::string& module, std::string_view id) {
    if (!id.starts_with(module + "-")) return std::nullopt;
    id.remove_prefix(module.size() + 1);
    std::int64_t row = 0;
    const auto [end, problem] = std::from_chars(id.data(), id.data() + id.size(), row);
    if (problem != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    return row;
}

// While it lives retention leaves the events after `position` to the follower, and no second replay begins.
class kept_events {
public:
    kept_events(follower& owner, std::int64_t position) : owner_{owner} { owner.keep_after(position); }
    kept_events(const kept_events&) = delete;
    kept_events& operator=(const kept_events&) = delete;
    ~kept_events() { owner_.keep_after(std::nullopt); }

private:
    follower& owner_;
};

std::unexpected<core::error> no_such_letter() {
    return core::fail(core::error_kind::not_found, "There is no such dead letter.");
}

std::unexpected<core::error> wrong(std::string field, std::string detail) {
    return core::invalid({{std::move(field), std::move(detail)}});
}

}  // namespace

void module_operations::add_to(endpoint& door) {
    const auto answer = [&]<class R>(auto handle) {
        door.answer_named<R>(deliveries_.module() + "." + std::string{R::message.name}, std::bind_front(handle, this),
                             16);
    };
    answer.operator()<get_status>(&module_operations::status);
    answer.operator()<search_dead_letters>(&module_operations::search);
    answer.operator()<get_dead_letter>(&module_operations::get);
    answer.operator()<retry_dead_letters>(&module_operations::retry);
    answer.operator()<drop_dead_letter>(&module_operations::drop);
    answer.operator()<search_events>(&module_operations::events);
    answer.operator()<get_log>(&module_operations::log);
    answer.operator()<get_log_level>(&module_operations::log_level);
    answer.operator()<set_log_level>(&module_operations::change_log_level);
    answer.operator()<start_replay>(&module_operations::replay);
}

module_view module_operations::view() const {
    module_view view{deliveries_.module(), surroundings_.process, counts_.published, counts_.without_handler};
    if (const auto sent = surroundings_.sent()) {
        view.sent = sent->position;
        view.in_flight = sent->in_flight;
    }
    for (const auto& follower : deliveries_.followers())
        // Few ever get anything from outside.
        if (follower.source().name() != storage::outside || follower.source().head() > 0)
            view.handlers.push_back(follower.view());
    return view;
}

core::awaitable<core::result<module_view>> module_operations::status(get_status, call) { co_return view(); }

core::awaitable<core::result<dead_letters>> module_operations::search(search_dead_letters request, call) {
    if (request.size < 1 || request.size > 10'000) co_return wrong("size", "must be from 1 to 10000");
    if (request.offset < 0) co_return wrong("offset", "must not be negative");
    co_return co_await deliveries_.database().search([&](storage::reader& reader) {
        dead_letters found{.total_count = storage::count_dead_letters(reader, request.handler)};
        for (auto& letter : storage::find_dead_letters(reader, request.handler, request.offset, request.size))
            found.items.push_back(view_of(deliveries_.module(), std::move(letter)));
        return found;
    });
}

core::awaitable<core::result<dead_letter>> module_operations::get(get_dead_letter request, call) {
    const auto row = row_of(deliveries_.module(), request.id);
    if (!row) co_return no_such_letter();
    auto letter =
        deliveries_.database().read([&](storage::reader& reader) { return storage::find_dead_letter(reader, *row); });
    if (!letter) co_return no_such_letter();
    co_return view_of(deliveries_.module(), std::move(*letter));
}

core::awaitable<core::result<affected>> module_operations::retry(retry_dead_letters request, call call) {
    if (request.data && request.ids.size() != 1)
        co_return wrong("data", "can replace the payload of exactly one dead letter");
    if (request.ids.empty()) co_return affected{co_await revive_all(call)};
    std::vector<std::int64_t> rows;
    for (const auto& id : request.ids) {
        const auto row = row_of(deliveries_.module(), id);
        if (!row) co_return no_such_letter();
        rows.push_back(*row);
    }
    const auto letters = find_letters(rows);
    if (!letters) co_return std::unexpected{letters.error()};
    const auto data = request.data ? std::optional{request.data->dump()} : std::nullopt;
    co_return affected{co_await revive(*letters, data, call)};
}

core::result<std::vector<module_operations::letter_place>> module_operations::find_letters(
    const std::vector<std::int64_t>& rows) {
    std::vector<letter_place> letters;
    for (const auto row : rows) {
        const auto letter = deliveries_.database().read(
            [row](storage::reader& reader) { return storage::find_dead_letter(reader, row); });
        if (!letter) return no_such_letter();
        auto* follower = deliveries_.find(letter->handler, letter->log);
        if (follower == nullptr)
            return core::fail(core::error_kind::conflict, "This program has no handler " + letter->handler +
                                                              " for the log of " + letter->log + ".");
        letters.push_back({row, follower, letter->parked.event.key});
    }
    return letters;
}

core::awaitable<std::int64_t> module_operations::revive(const std::vector<letter_place>& letters,
                                                        const std::optional<std::string>& data, const call& call) {
    const auto revived = co_await deliveries_.database().write(call.from, [&](storage::transaction& transaction) {
        std::vector<const letter_place*> done;
        for (const auto& letter : letters)
            if (storage::revive_dead_letter(transaction, letter.row, data)) done.push_back(&letter);
        return done;
    });
    for (const auto* letter : revived) letter->deliverer->letter_changed(letter->key);
    co_return static_cast<std::int64_t>(revived.size());
}

// Those that are dead now, in batches, so that other writers need not wait for thousands. A letter that dies again
// meanwhile is not among them.
core::awaitable<std::int64_t> module_operations::revive_all(const call& call) {
    const auto rows = co_await deliveries_.database().search(&storage::dead_letter_ids);
    std::int64_t count = 0;
    for (std::size_t i = 0; i < rows.size(); i += revived_at_a_time) {
        std::vector<letter_place> batch;
        for (std::size_t k = i; k < std::min(rows.size(), i + revived_at_a_time); ++k)
            if (const auto letter = find_letters({rows[k]})) batch.push_back(letter->front());
        count += co_await revive(batch, std::nullopt, call);
    }
    co_return count;
}

core::awaitable<core::result<done>> module_operations::drop(drop_dead_letter request, call call) {
    const auto row = row_of(deliveries_.module(), request.id);
    if (!row) co_return no_such_letter();
    const auto letter =
        deliveries_.database().read([&](storage::reader& reader) { return storage::find_dead_letter(reader, *row); });
    if (!letter || !co_await deliveries_.database().write(call.from, [&](storage::transaction& transaction) {
            return storage::drop_dead_letter(transaction, *row);
        }))
        co_return no_such_letter();
    if (auto* follower = deliveries_.find(letter->handler, letter->log))
        follower->letter_changed(letter->parked.event.key);
    co_return done{};
}

core::awaitable<core::result<events_view>> module_operations::events(search_events request, call) {
    if (request.size < 1 || request.size > 1'000) co_return wrong("size", "must be from 1 to 1000");
    if (request.before && request.after) co_return wrong("before", "cannot be combined with after");
    storage::event_filter filter;
    filter.type = request.type;
    filter.since = request.since;
    filter.until = request.until;
    filter.before = request.before;
    filter.after = request.after;
    filter.most = static_cast<std::size_t>(request.size);
    co_return co_await deliveries_.database().search([&](storage::reader& reader) {
        events_view found;
        for (const auto& row : storage::find_events(reader, filter))
            found.items.push_back(view_of(deliveries_.module(), row));
        return found;
    });
}

core::awaitable<core::result<log_part>> module_operations::log(get_log request, call call) {
    if (request.size < 0 || request.size > 1'000) co_return wrong("size", "must be from 0 to 1000");
    auto& database = deliveries_.database();
    co_await note_copy(database, call.from, request.follower, request.held);
    log_part part{.head = database.head()};
    for (const auto& one : database.epochs()) part.epochs.push_back({one.epoch, one.first_sequence});
    part.first = database.read(&storage::first_sequence);
    if (const auto sent = surroundings_.sent()) part.sent = sent->position;
    std::size_t bytes = 0;
    if (request.size > 0)
        for (auto& row : database.events_after(request.after, static_cast<std::size_t>(request.size))) {
            bytes += row.data.size();
            if (bytes > largest_part && !part.rows.empty()) break;
            part.rows.push_back({row.sequence, row.epoch, std::move(row.id), std::move(row.type), row.version,
                                 std::move(row.key), row.time, std::move(row.traceparent), std::move(row.cause),
                                 std::move(row.data)});
        }
    co_return part;
}

log_level_view module_operations::level_now() const {
    const auto& module = deliveries_.module();
    return {module, surroundings_.process, std::string{core::to_string(surroundings_.logs.level_of(module))}};
}

core::awaitable<core::result<log_level_view>> module_operations::log_level(get_log_level, call) {
    co_return level_now();
}

core::awaitable<core::result<log_level_view>> module_operations::change_log_level(set_log_level request, call) {
    const auto level = request.level ? core::parse_log_level(*request.level) : std::nullopt;
    if (request.level && !level) co_return wrong("level", "must be one of DEBUG, INFO, WARNING, ERROR");
    surroundings_.logs.set_level(deliveries_.module(), level);
    co_return level_now();
}

core::awaitable<core::result<replay_started>> module_operations::replay(start_replay request, call call) {
    const auto found = one_follower(request);
    if (!found) co_return std::unexpected{found.error()};
    if (request.from_sequence.has_value() == request.from_time.has_value())
        co_return wrong("from_sequence", "give either from_sequence or from_time");
    auto& follower = **found;
    if (follower.is_rewinding()) co_return core::fail(core::error_kind::conflict, "A replay of it is being prepared.");
    auto& log = follower.source();
    const auto head = log.head();
    auto from = request.from_sequence.value_or(0);
    if (request.from_time) from = log.first_sequence_since(*request.from_time).value_or(head + 1);
    // Nothing of it can be removed any more once it is found to be there.
    const kept_events kept{follower, from - 1};
    co_await log.note_place(call.from, deliveries_.module(), request.handler, from - 1);
    const auto first = std::max<std::int64_t>(1, log.first_sequence());
    if (from < first || from > head + 1)
        co_return wrong("from_sequence", "must be from " + std::to_string(first) + " to " + std::to_string(head + 1) +
                                             ": the log of " + log.name() + " holds no other events");
    if (!co_await follower.rewind(from - 1))
        co_return core::fail(core::error_kind::overloaded, "The server is stopping; nothing was changed.");
    co_return replay_started{deliveries_.module(), request.handler, log.name(), from, head + 1 - from};
}

core::result<follower*> module_operations::one_follower(const start_replay& request) {
    std::vector<follower*> found;
    for (auto& follower : deliveries_.followers())
        if (follower.handler().name == request.handler &&
            (!request.source || *request.source == follower.source().name()))
            found.push_back(&follower);
    if (found.size() == 1) return found.front();
    if (!found.empty()) return wrong("source", "is required: the handler follows more than one log");
    return core::fail(core::error_kind::not_found, "There is no such handler, or it does not follow that log.");
}

}  // namespace bus
