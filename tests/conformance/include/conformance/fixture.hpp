#pragma once

#include <gtest/gtest.h>

#include <bus/operations.hpp>
#include <conformance/adapter.hpp>
#include <conformance/messages.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <storage/database.hpp>
#include <string>
#include <vector>

namespace conformance {

class witness;
class chaos;

enum class ending {
    clean,
    killed,  // nothing that runs gets to its end, and the next process finds the files as they were
};

// What a handler does before its effect: it may wait or throw.
using script = std::function<core::awaitable<void>(const happened& event, bus::delivery& delivery)>;

struct handler_form {
    std::size_t concurrency = 8;
    bus::start_from from = bus::start_from::beginning;
};

// One test's producer and consumers, with their files, their bus and a clock that stands still.
//
// What was added is added again at every start, so a restart is one call. Each handler notes (handler, event, attempt)
// in the commit of its delivery; problems() holds these effects, the dead letters and the counters of the bus against
// what was published and what the handlers were seen to do. Loop thread; inside of a conformance test only.
class stage {
public:
    explicit stage(const fixture& fixture, const std::optional<std::filesystem::path>& folder = std::nullopt);
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;
    ~stage();

    // --- the cast; takes effect with the next start
    void handle(const std::string& module, const std::string& name, script script = {}, handler_form form = {});
    // Anything else that is to be added at a door.
    void equip(const std::string& module, std::function<void(bus::endpoint& door)> add);
    void dismiss(const std::string& module);
    // A handler whose effects are not counted.
    void ignore(const std::string& handler) { ignored_.insert(handler); }

    // --- life
    void open();  // the files and the bus; start() and publish() do it when need be
    void start();
    core::awaitable<std::vector<std::string>> close(std::optional<core::monotonic_time> deadline = std::nullopt);
    // `between`: while nothing runs.
    core::awaitable<void> restart(ending ending, std::function<void()> between = {});
    // The same modules and files on another bus.
    core::awaitable<void> restart_on(std::shared_ptr<const adapter> bus, ending ending,
                                     std::function<void()> between = {});
    // Until the module has nothing in hand: what is in its tables is also what it tells.
    core::awaitable<void> idle(std::string module);
    // Until nothing is under way; time goes on while all that is left waits for it.
    core::awaitable<void> quiet();
    // Time goes on in small steps until it holds.
    core::awaitable<void> pass_time_until(std::function<bool()> condition,
                                          std::chrono::milliseconds step = std::chrono::milliseconds{100});

    // --- doing
    template <class... Events>
    core::awaitable<void> publish(Events... events) {
        co_await write(producer, [&](storage::transaction& transaction) { (put(transaction, events), ...); });
    }
    core::awaitable<void> publish(std::vector<happened> events);
    core::awaitable<void> write(const std::string& module, std::function<void(storage::transaction&)> unit,
                                core::origin from = {});
    // A handler's effect: to be called at the end of one.
    core::awaitable<void> note(std::string handler, std::string subject, std::int64_t number, bus::delivery& delivery,
                               std::function<void(storage::transaction&)> also = {});

    // --- looking
    [[nodiscard]] std::vector<std::int64_t> numbers(const std::string& module, const std::string& handler,
                                                    const std::string& subject);
    [[nodiscard]] std::int64_t count(const std::string& module, const std::string& what);
    [[nodiscard]] std::int64_t effects(const std::string& handler = "h", const std::string& module = consumer_1) {
        return count(module, "effects WHERE handler = '" + handler + "'");
    }
    core::awaitable<bus::module_view> status(std::string module);
    core::awaitable<bus::handler_view> view(std::string module, std::string handler);
    core::awaitable<std::vector<bus::dead_letter>> dead(std::string module);
    template <bus::request_message R>
    core::awaitable<core::result<bus::answer_of<R>>> ask(std::string module, R request) {
        return door(producer).request_of(std::move(module), std::move(request), {});
    }
    [[nodiscard]] bool has_logged(std::string_view name) const;
    // How often handlers of that name were begun in this life.
    [[nodiscard]] std::int64_t starts(const std::string& handler) const;

    [[nodiscard]] bus::endpoint& door(const std::string& module);
    [[nodiscard]] storage::database& database(const std::string& module) { return *databases_.at(module); }
    [[nodiscard]] running_system& system() { return *system_; }
    [[nodiscard]] std::filesystem::path file(const std::string& module) const { return folder_ / (module + ".db"); }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    [[nodiscard]] bool is_open() const noexcept { return system_ != nullptr; }
    [[nodiscard]] bool can(capability capability) const { return fixture_.can(capability); }
    [[nodiscard]] const fixture& used_fixture() const noexcept { return fixture_; }

    // --- the oracle
    // What is not as it must be, in words. Empty after every good test.
    core::awaitable<std::vector<std::string>> problems();
    // For a test that has parked events at its end.
    std::int64_t expected_parked = 0;
    // For a test whose end the bus cannot be asked about.
    bool is_waived = false;
    // For what no handler was asked about, such as events that cannot be read.
    bool are_failures_seen = true;

    harness::world world;
    options settings;

private:
    struct part {
        std::string module;
        std::function<void(bus::endpoint& door)> add;
    };
    struct doors;
    struct known_event {
        std::string id;
        std::string type;
        std::int64_t sequence = 0;
    };

    static void put(storage::transaction& transaction, const happened& event);
    static void put(storage::transaction& transaction, const ended& event);

    core::awaitable<void> run_handler(const std::string& name, const script& script, const happened& event,
                                      bus::delivery& delivery);
    void open_database(const std::string& module);
    void learn_events();
    void note_first_starts();
    core::awaitable<std::map<std::filesystem::path, std::string>> snapshot();
    core::awaitable<void> check_events(const std::string& module, std::vector<std::string>& found);
    core::awaitable<void> check_counters(const std::string& module, std::vector<std::string>& found);

    void begin_on_bus();

    fixture fixture_;
    std::filesystem::path folder_;
    bool is_own_folder_ = false;                                   // else whoever made it begins and ends the test
    std::map<std::string, std::shared_ptr<const adapter>> begun_;  // by name: what lives outside is the same for it
    std::vector<part> cast_;
    std::map<std::string, std::unique_ptr<storage::database>> databases_;
    std::unique_ptr<running_system> system_;
    std::unique_ptr<witness> witness_;
    std::map<std::string, std::unique_ptr<doors>> doors_;
    std::unique_ptr<chaos> chaos_;
    bool is_started_ = false;
    bool was_killed_ = false;
    std::set<std::string> ignored_;
    std::map<std::string, std::map<std::string, known_event>> known_;    // by log and id
    std::map<std::string, std::int64_t> learnt_;                         // by log, up to which sequence
    std::map<std::string, std::int64_t> heads_at_start_;                 // by log
    std::map<std::pair<std::string, std::string>, std::int64_t> first_;  // by handler and log, for those "from now"
};

// A tenth of what CONFORMANCE.md says, all of it with BUSBAR_FULL=1.
[[nodiscard]] int scaled(int count);

// --- tests

using test_body = core::awaitable<void> (*)(stage&);

class contract : public testing::TestWithParam<fixture> {};

// What was registered, with what it needs.
struct registered_test {
    std::string name;
    std::set<capability> needs{};
};
[[nodiscard]] std::vector<registered_test>& registered_tests();
[[nodiscard]] inline bool register_test(std::string name, std::set<capability> needs) {
    registered_tests().push_back({std::move(name), std::move(needs)});
    return true;
}
[[nodiscard]] std::string missing(const fixture& fixture, const std::set<capability>& needs);
void play(const fixture& fixture, test_body body);
// For the plain tests of the suite: the limit of a coroutine test.
[[nodiscard]] std::chrono::seconds time_limit();

// NOLINTBEGIN(bugprone-macro-parentheses): the names of classes and tests
#define CONFORMANCE_AREA(area)                                      \
    namespace {                                                     \
    class area : public contract {};                                \
    }                                                               \
    INSTANTIATE_TEST_SUITE_P(, area, testing::ValuesIn(fixtures()), \
                             [](const testing::TestParamInfo<fixture>& info) { return info.param.name(); })

// A test for every bus; after the name come the capabilities that it needs. The body has a `stage& stage`.
#define CONFORMANCE_TEST(area, name, ...)                                                                      \
    static core::awaitable<void> area##_##name(stage&);                                                        \
    static const std::set<capability> area##_##name##_needs{__VA_ARGS__};                                      \
    [[maybe_unused]] static const bool area##_##name##_is_registered =                                         \
        register_test(#area "." #name, area##_##name##_needs);                                                 \
    TEST_P(area, name) {                                                                                       \
        if (const auto lack = missing(GetParam(), area##_##name##_needs); !lack.empty()) GTEST_SKIP() << lack; \
        play(GetParam(), &area##_##name);                                                                      \
    }                                                                                                          \
    static core::awaitable<void> area##_##name(stage& stage)
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace conformance
