#include "word_index.hpp"

#include <chrono>
#include <storage/error.hpp>

namespace product {
namespace {

constexpr std::chrono::milliseconds patience{200};  // with changes that are few
constexpr std::uint64_t many = 400;

}  // namespace

word_index::word_index(const bus::module_context& context)
    : context_{context},
      changed_{context.runtime.loop},
      plenty_{context.runtime.loop},
      tasks_{context.runtime.loop, context.runtime.time, context.log} {
    changed_.notify();
}

void word_index::start() {
    tasks_.spawn_restarting("index words of products", [this] { return run(); });
}

core::awaitable<void> word_index::stop() {
    tasks_.stop();
    co_await tasks_.join();
}

void word_index::note_change() {
    ++changes_;
    changed_.notify();
    if (changes_ - indexed_ >= many) plenty_.notify();
}

core::awaitable<bool> word_index::catch_up(core::monotonic_time deadline) {
    const auto wanted = changes_;
    try {
        while (indexed_ < wanted && context_.runtime.time.monotonic() < deadline) co_await turn();
    } catch (const storage::error& failure) {
        if (!failure.is_infrastructure()) throw;  // else who writes tells of it
        co_return true;
    }
    co_return indexed_ >= wanted;
}

core::awaitable<void> word_index::start_over() {
    co_await context_.database.write({}, &word_rows::start_over);
    tell_of_damage();
    work_at_once();
}

core::awaitable<void> word_index::rebuild() {
    co_await context_.database.write({}, &word_rows::begin_anew);
    work_at_once();
}

void word_index::work_at_once() {
    ++changes_;
    changed_.notify();
    plenty_.notify();
}

void word_index::tell_of_damage() {
    context_.log.error("the index of words did not fit the catalogue; it is made anew, and searches wait for it", {});
}

core::awaitable<void> word_index::run() {
    auto state = word_rows::state::complete;
    while (true) {
        if (state == word_rows::state::complete) {
            co_await changed_.wait();
            co_await plenty_.wait_until(context_.runtime.time, context_.runtime.time.monotonic() + patience);
        }
        state = co_await turn();
    }
}

core::awaitable<word_rows::state> word_index::turn() {
    const auto state = co_await context_.database.write({}, &word_rows::index_some);
    // The writer gives back in the order of its commits. So what was noted until now was committed before this.
    if (state == word_rows::state::damaged) tell_of_damage();
    if (state == word_rows::state::complete || state == word_rows::state::filling) indexed_ = changes_;
    co_return state;
}

}  // namespace product
