#pragma once

#include <bus/module_context.hpp>
#include <core/metrics.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <functional>
#include <logging/messages.hpp>
#include <logging/module.hpp>
#include <span>
#include <string>
#include <vector>

#include "entries.hpp"

namespace logging {

// Takes the entries that arrive as signals, and puts them away in batches.
class entry_store {
public:
    using listener = std::function<void(std::span<const entries::stored>)>;

    // `stored` is told of each batch that is committed, on the loop.
    entry_store(const bus::module_context& context, const settings& settings, listener stored);

    void start();
    // Ends after what has arrived; the bus has closed the listener before.
    core::awaitable<void> stop();

    core::awaitable<core::result<bus::done>> record(record_entry input, bus::call call);

private:
    core::awaitable<void> store();
    core::awaitable<void> fill_words();
    core::awaitable<void> measure();
    void take_some();
    [[nodiscard]] entries::entry lost_entries(std::uint64_t missed) const;

    const bus::module_context& context_;
    const settings& settings_;
    const word_parts::limits limits_;
    listener stored_;
    bus::endpoint::listener<entry_recorded> arrived_;
    std::vector<entries::entry> unstored_;
    std::uint64_t noted_as_missed_ = 0;
    core::notifier stopping_;
    bool is_stopping_ = false;
    core::counter& lost_;
    core::gauge& lines_;
    core::gauge& bytes_;
    core::measurement measurement_;
    core::task_group tasks_;  // ends when the listener is closed
};

}  // namespace logging
