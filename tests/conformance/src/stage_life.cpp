#include <algorithm>
#include <bus/publish.hpp>
#include <core/task_group.hpp>
#include <fstream>
#include <latch>

#include "stage_doors.hpp"

// A stage from its opening to its end, and to its next life.
namespace conformance {
namespace {

constexpr std::array<core::embedded_file, 1> schema{{
    {"0001_effects.sql",
     "CREATE TABLE effects (id INTEGER PRIMARY KEY, handler TEXT NOT NULL, event_id TEXT NOT NULL, "
     "attempt INTEGER NOT NULL, subject TEXT NOT NULL, number INTEGER NOT NULL) STRICT;\n"
     "CREATE INDEX effects_by_subject ON effects (handler, subject);\n"
     "CREATE TABLE business (number INTEGER PRIMARY KEY) STRICT;"},
}};

}  // namespace

void stage::begin_on_bus() {
    if (is_own_folder_ && begun_.emplace(fixture_.bus->name(), fixture_.bus).second) fixture_.bus->begin_test(folder_);
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
    return restart_on(fixture_.bus, ending, std::move(between));
}

core::awaitable<void> stage::restart_on(std::shared_ptr<const adapter> bus, ending ending,
                                        std::function<void()> between) {
    std::map<std::filesystem::path, std::string> files;
    if (ending == ending::killed)
        files = co_await snapshot();
    else
        learn_events();
    co_await close();
    fixture_.bus = std::move(bus);
    begin_on_bus();
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

}  // namespace conformance
