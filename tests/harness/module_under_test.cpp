#include <algorithm>
#include <cassert>
#include <harness/causal_tree.hpp>
#include <harness/module_under_test.hpp>
#include <stdexcept>

namespace harness {
namespace {

constexpr std::size_t whole_log = 1'000'000;

}  // namespace

module_under_test::process::process(const core::runtime& runtime, const storage::database_settings& settings,
                                    module_under_test& test)
    : database{std::make_unique<storage::database>(runtime, settings)},
      bus{runtime, bus::settings{.wire_mode = true}},
      door{bus.attach(settings.name, database.get()), test.notes_, test.stand_ins_, test.each_event},
      outside{bus.attach("outside", nullptr)} {}

module_under_test::module_under_test(module_plan plan) : plan_{std::move(plan)} { open(); }

module_under_test::~module_under_test() {
    failure_text_.print_if_failed();
    try {
        if (!is_stopped_) finish(stop());
    } catch (const std::exception& failure) {
        ADD_FAILURE() << "the module did not stop: " << failure.what();
    }
}

void module_under_test::open() {
    process_ = std::make_unique<process>(world.runtime, settings_for(name()), *this);
    try {
        process_->running =
            plan_.start({world.runtime, *process_->database, process_->door, world.runtime.log_for(name())});
        for (const auto& source : process_->door.sources()) {
            if (source == name()) continue;
            auto& log = process_->others[source];
            log = std::make_unique<storage::database>(world.runtime, settings_for(source));
            static_cast<void>(process_->bus.attach(source, log.get()));
        }
    } catch (...) {
        stop_databases();
        process_.reset();
        throw;
    }
    process_->bus.start();
    is_stopped_ = false;
}

storage::database_settings module_under_test::settings_for(const std::string& module) const {
    storage::database_settings settings;
    settings.folder = world.folder.path();
    settings.name = module;
    if (module == name()) settings.migrations = plan_.migrations;
    return settings;
}

void module_under_test::stop_databases() {
    process_->database->stop();
    for (auto& [other, log] : process_->others)
        if (log) log->stop();
}

core::awaitable<void> module_under_test::stop() {
    if (is_stopped_) co_return;
    is_stopped_ = true;
    auto& running = process_->running;
    if (running.before_bus_stops) co_await running.before_bus_stops();
    co_await process_->bus.stop(core::monotonic_time::max());
    if (running.after_bus_stopped) co_await running.after_bus_stopped();
    stop_databases();
    co_await settle();
    running = {};
}

core::awaitable<void> module_under_test::reopen(ending how) {
    if (how == ending::killed) co_await keep_as_killed();
    co_await stop();
    process_.reset();
    if (how == ending::killed) put_back_as_killed();
    notes_.waiting.clear();
    open();
}

// A copy of the files as they are now is what a killed process leaves. It is made in the writer's turn, when nobody
// else writes or checkpoints; what the process does while it is being stopped goes into the files that are thrown away.
core::awaitable<void> module_under_test::keep_as_killed() {
    const auto& folder = world.folder.path();
    const auto kept = folder / "killed";
    std::filesystem::create_directory(kept);
    co_await process_->database->write({}, [&](storage::transaction&) {
        for (const auto* end : {".db", ".db-wal"})
            if (std::filesystem::exists(folder / (name() + end)))
                std::filesystem::copy_file(folder / (name() + end), kept / (name() + end));
    });
}

void module_under_test::put_back_as_killed() {
    const auto& folder = world.folder.path();
    for (const auto* end : {".db", ".db-wal", ".db-shm"}) std::filesystem::remove(folder / (name() + end));
    for (const auto* end : {".db", ".db-wal"})
        if (std::filesystem::exists(folder / "killed" / (name() + end)))
            std::filesystem::rename(folder / "killed" / (name() + end), folder / (name() + end));
    std::filesystem::remove_all(folder / "killed");
}

core::awaitable<void> module_under_test::finished() {
    do {
        co_await eventually([this] { return is_finished(); });
        // What the module has submitted without being asked is committed before this; then it may have more to do.
        co_await process_->database->write({}, [](storage::transaction&) {});
        co_await settle();
    } while (!is_finished());
}

bool module_under_test::is_finished() {
    const auto& running = process_->running;
    if (process_->door.has_unread_signals() || (running.is_idle && !running.is_idle())) return false;
    if (process_->bus.is_quiet()) return true;
    // Not quiet, but only the clock can help: events that wait for something that is away, and retries of later.
    bool needs_the_clock = false;
    for (const auto& status : process_->bus.status()) {
        const auto waiting =
            std::ranges::count_if(notes_.waiting, [&status](const auto& one) { return one.first == status.handler; });
        if (status.in_flight > waiting || (waiting == 0 && status.position < status.head)) return false;
        needs_the_clock = needs_the_clock || waiting > 0 || status.parked > 0;
    }
    return needs_the_clock && !has_due_retries();
}

bool module_under_test::has_due_retries() {
    const auto heads = process_->database->read([this](storage::reader& reader) {
        return reader.query_all<std::string, std::string>(
            "SELECT handler, event_id FROM parked AS head WHERE state <> 'dead' AND next_attempt_at <= ?1 "
            "AND NOT EXISTS (SELECT 1 FROM parked AS earlier WHERE earlier.handler = head.handler "
            "AND earlier.key = head.key AND earlier.state <> 'dead' AND earlier.id < head.id)",
            world.clock.now());
    });
    return std::ranges::any_of(
        heads, [this](const auto& head) { return !notes_.waiting.contains({std::get<0>(head), std::get<1>(head)}); });
}

core::awaitable<void> module_under_test::advance(std::chrono::nanoseconds duration) {
    const auto end = world.clock.monotonic() + duration;
    const std::chrono::nanoseconds least = duration / 200;
    co_await finished();
    while (world.clock.monotonic() < end) {
        std::chrono::nanoseconds step = end - world.clock.monotonic();
        // Whole milliseconds, because the wall clock has no finer ones and must not fall behind.
        if (const auto next = world.clock.next_wake_up()) {
            const auto to_timer = std::max<std::chrono::nanoseconds>(least, *next - world.clock.monotonic());
            step = std::min<std::chrono::nanoseconds>(step, std::chrono::ceil<std::chrono::milliseconds>(to_timer));
        }
        world.clock.advance(step);
        co_await settle();
        co_await finished();
    }
}

storage::database& module_under_test::stand_in_log(const std::string& other) {
    const auto found = process_->others.find(other);
    if (found == process_->others.end()) throw std::logic_error{name() + " follows no events of " + other};
    return *found->second;
}

std::vector<storage::event_record> module_under_test::log_of(const std::string& module) {
    auto& log = module == name() ? *process_->database : stand_in_log(module);
    return log.events_after(0, whole_log);
}

std::size_t module_under_test::note_request(std::string_view request, const core::origin& from) {
    notes_.requests.push_back({.name = std::string{request}, .from = from});
    return notes_.requests.size() - 1;
}

std::int64_t module_under_test::count(const std::string& what) {
    // NOLINTNEXTLINE: the text is a literal of a test
    return process_->database->read(
        [&what](storage::reader& reader) { return reader.query_one<std::int64_t>("SELECT count(*) FROM " + what); });
}

std::string module_under_test::describe() {
    std::string title = "what happened in the test of " + name() + ":\n";
    history history{.events = {}, .notes = notes_, .entries = world.log.entries()};
    if (process_ && !is_stopped_) {
        for (const auto& [other, log] : process_->others)
            for (auto& event : log_of(other)) history.events.push_back(std::move(event));
        for (auto& event : log_of(name())) history.events.push_back(std::move(event));
    }
    return title + causal_tree(history);
}

}  // namespace harness
