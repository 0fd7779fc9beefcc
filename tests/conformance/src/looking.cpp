#include <algorithm>
#include <conformance/fixture.hpp>
#include <ranges>

#include "chaos.hpp"
#include "witness.hpp"

// What a test may look at, all of it by what every module answers or has in its file.
namespace conformance {

std::vector<std::int64_t> stage::numbers(const std::string& module, const std::string& handler,
                                         const std::string& subject) {
    return database(module).read([&](storage::reader& reader) {
        return reader.query_all<std::int64_t>(
            "SELECT number FROM effects WHERE handler = ?1 AND subject = ?2 ORDER BY id", handler, subject);
    });
}

std::int64_t stage::count(const std::string& module, const std::string& what) {
    const auto sql = "SELECT count(*) FROM " + what;
    return database(module).read([&](storage::reader& reader) { return reader.query_one<std::int64_t>(sql); });
}

core::awaitable<bus::module_view> stage::status(std::string module) {
    auto answer = co_await ask(module, bus::get_status{});
    // A connection that a test has broken comes back.
    while (!answer && can(capability::connection)) {
        co_await harness::settle();
        answer = co_await ask(module, bus::get_status{});
    }
    co_return answer.value();
}

core::awaitable<bus::handler_view> stage::view(std::string module, std::string handler) {
    const auto all = co_await status(std::move(module));
    const auto found = std::ranges::find(all.handlers, handler, &bus::handler_view::handler);
    if (found == all.handlers.end()) throw std::logic_error{"nobody tells of the handler " + handler};
    co_return *found;
}

core::awaitable<std::vector<bus::dead_letter>> stage::dead(std::string module) {
    co_return (co_await ask(std::move(module), bus::search_dead_letters{.size = 10'000})).value().items;
}

bool stage::has_logged(std::string_view name) const {
    return std::ranges::any_of(world.log.entries(),
                               [name](const core::log_entry& entry) { return entry.name == name; });
}

std::int64_t stage::starts(const std::string& handler) const {
    std::int64_t starts = 0;
    for (const auto& [name, seen] : witness_->all())
        if (name.second == handler) starts += seen.starts;
    return starts;
}

}  // namespace conformance
