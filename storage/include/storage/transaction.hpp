#pragma once

#include <core/trace.hpp>
#include <cstdint>
#include <functional>
#include <storage/event_record.hpp>
#include <storage/reader.hpp>
#include <string>
#include <utility>

namespace storage {

class event_appender;

// One unit of work on the writer thread: all of it is committed or nothing is. Valid only inside the function given to
// database::write(), which must not keep it. An exception that leaves the function rolls the unit back.
class transaction : public reader {
public:
    transaction(connection& connection, event_appender& events, const core::origin& from, core::timestamp now)
        : reader{connection}, events_{events}, from_{from}, now_{now} {}

    // INSERT, UPDATE, DELETE. Returns how many rows it changed.
    template <class... Values>
    std::int64_t execute(std::string_view sql, const Values&... values) {
        {
            const use use{*this, sql, values...};
            while (use.statement.step()) {
            }
        }
        return changes();
    }

    // Appends to the module's event log; sequence, epoch, id, time, trace and cause are filled in here. Returns the
    // sequence, which counts when the unit is committed. Use bus::publish().
    std::int64_t append(event_record record, live_object live);

    // Runs `part`; when it throws, what it wrote and appended is undone, and the exception goes on.
    void savepoint(const std::function<void()>& part);

    [[nodiscard]] const core::origin& from() const noexcept { return from_; }
    // The wall clock at the beginning of the unit.
    [[nodiscard]] core::timestamp now() const noexcept { return now_; }

private:
    [[nodiscard]] std::int64_t changes() const;

    event_appender& events_;
    const core::origin& from_;
    core::timestamp now_;
};

}  // namespace storage
