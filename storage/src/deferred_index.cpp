#include <storage/deferred_index.hpp>
#include <storage/error.hpp>
#include <utility>

namespace storage {
namespace {

constexpr std::chrono::milliseconds patience{200};  // with changes that are few
constexpr std::uint64_t many = 400;

}  // namespace

deferred_index::deferred_index(const core::runtime& runtime, database& database, const core::logger& log,
                               std::string name, step step)
    : time_{runtime.time},
      database_{database},
      log_{log},
      name_{std::move(name)},
      step_{std::move(step)},
      changed_{runtime.loop},
      plenty_{runtime.loop},
      tasks_{runtime.loop, runtime.time, log} {
    changed_.notify();
}

void deferred_index::start() {
    tasks_.spawn_restarting(name_, [this] { return run(); });
}

core::awaitable<void> deferred_index::stop() {
    tasks_.stop();
    co_await tasks_.join();
}

void deferred_index::note_change() {
    ++changes_;
    changed_.notify();
    if (changes_ - indexed_ >= many) plenty_.notify();
}

void deferred_index::work_at_once() {
    ++changes_;
    changed_.notify();
    plenty_.notify();
}

core::awaitable<bool> deferred_index::catch_up(core::monotonic_time deadline) {
    const auto wanted = changes_;
    try {
        while (indexed_ < wanted && time_.monotonic() < deadline) co_await turn();
    } catch (const error& failure) {
        if (failure.kind() == failure::overloaded) co_return false;
        if (!failure.is_infrastructure()) throw;  // else who writes tells of it
        co_return true;
    }
    co_return indexed_ >= wanted;
}

core::awaitable<void> deferred_index::start_over(std::function<void(transaction&)> empty) {
    co_await database_.write({}, std::move(empty));
    tell_of_damage();
    work_at_once();
}

void deferred_index::tell_of_damage() const {
    log_.error("an index did not fit its table; it is made anew, and searches wait for it", {{"index", name_}});
}

core::awaitable<void> deferred_index::run() {
    auto state = index_state::complete;
    while (true) {
        if (state == index_state::complete) {
            co_await changed_.wait();
            co_await plenty_.wait_until(time_, time_.monotonic() + patience);
        }
        try {
            state = co_await turn();
        } catch (...) {
            changed_.notify();  // for the next run: it is still to do
            throw;
        }
    }
}

core::awaitable<index_state> deferred_index::turn() {
    const auto state = co_await database_.write({}, step_);
    // The writer gives back in the order of its commits. So what was noted until now was committed before this.
    if (state == index_state::damaged) tell_of_damage();
    if (state == index_state::complete || state == index_state::filling) indexed_ = changes_;
    co_return state;
}

}  // namespace storage
