#include "local_log.hpp"

#include <storage/event_log.hpp>

#include "retention.hpp"

namespace bus {

std::vector<std::pair<std::int64_t, std::string>> local_log::types_between(std::int64_t after, std::int64_t up_to) {
    std::vector<std::pair<std::int64_t, std::string>> types;
    database_.read([&](storage::reader& reader) {
        for (const auto& [sequence, type] : reader.query_all<std::int64_t, std::string>(
                 "SELECT sequence, type FROM event_log WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence", after,
                 up_to))
            types.emplace_back(sequence, type);
    });
    return types;
}

std::int64_t local_log::first_sequence() { return database_.read(&storage::first_sequence); }

std::optional<std::int64_t> local_log::first_sequence_since(core::timestamp time) {
    return database_.read([time](storage::reader& reader) { return storage::first_sequence_since(reader, time); });
}

core::awaitable<void> local_log::enlist(std::string module, std::string handler, std::int64_t position) {
    return bus::enlist(database_, std::move(module), std::move(handler), position);
}

core::awaitable<void> local_log::note_place(core::origin from, std::string module, std::string handler,
                                            std::int64_t position) {
    return bus::note_place(database_, std::move(from), std::move(module), std::move(handler), position);
}

}  // namespace bus
