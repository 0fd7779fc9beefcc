#include <algorithm>
#include <bus/publish.hpp>
#include <conformance/fixture.hpp>
#include <core/task_group.hpp>
#include <fstream>
#include <latch>
#include <ranges>

#include "chaos.hpp"
#include "witness.hpp"

namespace conformance {
namespace {

constexpr std::array<core::embedded_file, 1> schema{{
    {"0001_effects.sql",
     "CREATE TABLE effects (id INTEGER PRIMARY KEY, handler TEXT NOT NULL, event_id TEXT NOT NULL, "
     "attempt INTEGER NOT NULL, subject TEXT NOT NULL, number INTEGER NOT NULL) STRICT;\n"
     "CREATE INDEX effects_by_subject ON effects (handler, subject);\n"
     "CREATE TABLE business (number INTEGER PRIMARY KEY) STRICT;"},
}};

constexpr std::size_t published_at_a_time = 500;
constexpr int turns_between_steps = 64;  // of the loop, before time goes on

std::uint64_t chaos_seed() {
    const auto* seed = std::getenv("BUSBAR_CHAOS_SEED");
    return seed == nullptr ? 20'261 : std::stoull(seed);
}

}  // namespace

struct stage::doors {
    doors(witness& witness, chaos* chaos, bus::endpoint& inner, const std::string& module)
        : watched{witness, inner, module} {
        if (chaos != nullptr) disturbed.emplace(*chaos, watched);
    }
    [[nodiscard]] bus::endpoint& outermost() { return disturbed ? static_cast<bus::endpoint&>(*disturbed) : watched; }

    witness::door watched;
    std::optional<chaos::door> disturbed;
};

stage::stage(const fixture& fixture, const std::optional<std::filesystem::path>& folder)
    : fixture_{fixture}, folder_{folder.value_or(world.folder.path())} {
    is_own_folder_ = !folder;
    if (is_own_folder_) fixture_.bus->begin_test(folder_);
    if (fixture.is_chaotic) chaos_ = std::make_unique<chaos>(chaos_seed());
}

stage::~stage() {
    if (is_own_folder_) fixture_.bus->end_test(folder_);
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

void stage::open_database(const std::string& module) {
    storage::database_settings wanted;
    wanted.folder = folder_;
    wanted.name = module;
    wanted.migrations = schema;
    auto& opened = *(databases_[module] = std::make_unique<storage::database>(world.runtime, wanted));
    learnt_[module] = std::min(learnt_[module], opened.head());  // a file may have been put back
}

void stage::open() {
    for (const auto* module : {producer, consumer_1}) open_database(module);
    for (const auto& part : cast_)
        if (!databases_.contains(part.module)) open_database(part.module);
    module_databases modules;
    for (const auto& [name, database] : databases_) modules[name] = database.get();
    system_ = fixture_.bus->open(world.runtime, settings, modules);
    witness_ = std::make_unique<witness>(static_cast<std::int64_t>(settings.retry.attempts()));
    for (const auto& [name, database] : databases_)
        doors_[name] = std::make_unique<doors>(*witness_, chaos_.get(), system_->door(name), name);
    for (const auto& part : cast_) part.add(doors_.at(part.module)->outermost());
}

void stage::start() {
    if (!is_open()) open();
    for (const auto& [name, database] : databases_) heads_at_start_[name] = database->head();
    note_first_starts();
    system_->start();
    is_started_ = true;
}

void stage::note_first_starts() {
    for (const auto& [handler, seen] : witness_->all())
        for (const auto& type : seen.types)
            if (seen.from == bus::start_from::now)
                first_.try_emplace({handler.second, std::string{bus::owner_of(type)}},
                                   heads_at_start_[std::string{bus::owner_of(type)}]);
}

core::awaitable<std::vector<std::string>> stage::close(std::optional<core::monotonic_time> deadline) {
    auto unfinished = co_await system_->stop(deadline.value_or(world.clock.monotonic()));
    for (const auto& [name, database] : databases_) database->stop();
    co_await harness::settle();
    doors_.clear();
    system_.reset();
    databases_.clear();
    is_started_ = false;
    was_killed_ = false;
    co_return unfinished;
}

core::awaitable<void> stage::restart(ending ending, std::function<void()> between) {
    std::map<std::filesystem::path, std::string> files;
    if (ending == ending::killed)
        files = co_await snapshot();
    else
        learn_events();
    co_await close();
    if (ending == ending::killed)
        for (const auto& file : std::filesystem::directory_iterator{folder_}) std::filesystem::remove(file.path());
    for (const auto& [path, content] : files)
        std::ofstream{path, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (between) between();
    start();
    was_killed_ = ending == ending::killed;
}

// The files at one moment, and what is committed in them: every writer waits in the middle of a transaction.
core::awaitable<std::map<std::filesystem::path, std::string>> stage::snapshot() {
    std::latch arrived{static_cast<std::ptrdiff_t>(databases_.size())};
    std::latch released{1};
    core::task_group writes{harness::loop(), world.clock, world.runtime.log_for("suite")};
    for (const auto& [name, database] : databases_)
        writes.spawn("hold " + name, write(name, [&](storage::transaction&) {
                         arrived.count_down();
                         released.wait();
                     }));
    co_await harness::eventually([&] { return arrived.try_wait(); });
    system_->cut_off();
    learn_events();
    std::map<std::filesystem::path, std::string> files;
    for (const auto& file : std::filesystem::directory_iterator{folder_}) {
        std::ifstream in{file.path(), std::ios::binary};
        files[file.path()] = {std::istreambuf_iterator<char>{in}, {}};
    }
    released.count_down();
    co_await writes.join();
    co_return files;
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
