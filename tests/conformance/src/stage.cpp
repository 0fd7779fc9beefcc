#include <algorithm>
#include <bus/publish.hpp>
#include <conformance/fixture.hpp>
#include <ranges>

#include "stage_doors.hpp"

namespace conformance {
namespace {

constexpr std::size_t published_at_a_time = 500;
constexpr int turns_between_steps = 64;  // of the loop, before time goes on

std::uint64_t chaos_seed() {
    const auto* seed = std::getenv("BUSBAR_CHAOS_SEED");
    return seed == nullptr ? 20'261 : std::stoull(seed);
}

}  // namespace

stage::stage(const fixture& fixture, const std::optional<std::filesystem::path>& folder)
    : fixture_{fixture}, folder_{folder.value_or(world.folder.path())} {
    is_own_folder_ = !folder;
    begin_on_bus();
    if (fixture.is_chaotic) chaos_ = std::make_unique<chaos>(chaos_seed());
}

stage::~stage() {
    for (const auto& [name, bus] : begun_) bus->end_test(folder_);
}

bus::endpoint& stage::door(const std::string& module) { return doors_.at(module)->outermost(); }

void stage::handle(const std::string& module, const std::string& name, script script, handler_form form) {
    equip(module, [this, name, script = std::move(script), form](bus::endpoint& door) {
        door.on(name, form.concurrency, form.from)
            .event<happened>([this, name, script](const happened& event, bus::delivery& delivery) {
                return run_handler(name, script, event, delivery);
            });
    });
}

void stage::equip(const std::string& module, std::function<void(bus::endpoint& door)> add) {
    cast_.push_back({module, std::move(add)});
}

void stage::dismiss(const std::string& module) {
    std::erase_if(cast_, [&](const part& one) { return one.module == module; });
}

core::awaitable<void> stage::run_handler(const std::string& name, const script& script, const happened& event,
                                         bus::delivery& delivery) {
    if (script) co_await script(event, delivery);
    co_await note(name, event.subject, event.number, delivery);
}

core::awaitable<void> stage::note(std::string handler, std::string subject, std::int64_t number,
                                  bus::delivery& delivery, std::function<void(storage::transaction&)> also) {
    co_await delivery.commit([&](storage::transaction& transaction) {
        transaction.execute(
            "INSERT INTO effects (handler, event_id, attempt, subject, number) VALUES (?1, ?2, ?3, ?4, ?5)", handler,
            delivery.event_id(), delivery.attempt(), subject, number);
        if (also) also(transaction);
    });
}

core::awaitable<void> stage::idle(std::string module) {
    while (true) {
        const auto view = co_await status(module);
        if (std::ranges::all_of(view.handlers, [](const auto& handler) { return handler.in_flight == 0; })) break;
        co_await core::asio::post(harness::loop(), core::use_awaitable);
    }
}

core::awaitable<void> stage::quiet() {
    for (int turn = 1; !system_->is_quiet(); ++turn) {
        co_await core::asio::post(harness::loop(), core::use_awaitable);
        if (turn % turns_between_steps != 0) continue;
        auto under_way = std::ranges::any_of(witness_->all() | std::views::values,
                                             [](const witness::seen& seen) { return seen.running > 0; });
        for (const auto& [name, database] : databases_) {
            const auto view = under_way ? bus::module_view{} : co_await status(name);
            under_way = under_way || std::ranges::any_of(view.handlers, [](const bus::handler_view& handler) {
                            return handler.in_flight > 0;
                        });
        }
        if (!under_way) world.clock.advance(std::chrono::milliseconds{500});
    }
}

core::awaitable<void> stage::pass_time_until(std::function<bool()> condition, std::chrono::milliseconds step) {
    for (int turn = 1; !condition(); ++turn) {
        co_await core::asio::post(harness::loop(), core::use_awaitable);
        if (turn % turns_between_steps == 0) world.clock.advance(step);
    }
}

void stage::put(storage::transaction& transaction, const happened& event) { bus::publish(transaction, event); }
void stage::put(storage::transaction& transaction, const ended& event) { bus::publish(transaction, event); }

core::awaitable<void> stage::publish(std::vector<happened> events) {
    for (std::size_t i = 0; i < events.size(); i += published_at_a_time)
        co_await write(producer, [&](storage::transaction& transaction) {
            for (auto k = i; k < std::min(events.size(), i + published_at_a_time); ++k)
                bus::publish(transaction, events[k]);
        });
}

core::awaitable<void> stage::write(const std::string& module, std::function<void(storage::transaction&)> unit,
                                   core::origin from) {
    if (!is_open()) open();
    co_await database(module).write(std::move(from), std::move(unit));
}

}  // namespace conformance
