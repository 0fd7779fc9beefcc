#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <harness/co_test.hpp>
#include <stdexcept>
#include <thread>
#include <vector>

namespace harness {
namespace {

thread_local std::chrono::seconds limit_of_test{30};
thread_local core::asio::io_context* current = nullptr;
thread_local std::vector<const failure_text*> texts;

// What the body still holds may be waited for by other threads, so it cannot be unwound safely.
[[noreturn]] void give_up() {
    std::fprintf(stderr, "the test did not finish within %lld s\n", static_cast<long long>(limit_of_test.count()));
    for (const auto* text : texts) std::fprintf(stderr, "%s", text->describe().c_str());
    std::abort();
}

}  // namespace

void run(const std::function<core::awaitable<void>()>& body, std::chrono::seconds limit) {
    limit_of_test = limit;
    core::asio::io_context context{1};
    current = &context;
    bool finished = false;
    std::exception_ptr failure;
    // A body that waits for another thread leaves the loop without work of its own. Many, since Asio does not count
    // what a handler has posted while that handler itself polls, as finish() does: with one the loop would take itself
    // for done.
    std::vector guards(1000, core::asio::make_work_guard(context));
    core::asio::co_spawn(context.get_executor(), body(), [&](std::exception_ptr thrown) {
        failure = std::move(thrown);
        finished = true;
        guards.clear();
    });
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!context.stopped() && !(finished && context.poll() == 0)) {
        if (finished) continue;
        context.run_one_until(deadline);
        if (std::chrono::steady_clock::now() >= deadline) break;
    }
    if (!finished) give_up();
    current = nullptr;
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
        ADD_FAILURE() << "an exception left the test: " << thrown.what();
    }
}

core::executor loop() {
    if (current == nullptr) throw std::logic_error{"not inside a CO_TEST"};
    return current->get_executor();
}

core::awaitable<void> own_turn() { co_await core::asio::post(loop(), core::use_awaitable); }

core::awaitable<void> settle() {
    // A resumed coroutine may post the next: a few turns reach the end of such chains in the parts under test.
    for (int turn = 0; turn < 16; ++turn) co_await own_turn();
}

core::awaitable<void> eventually(std::function<bool()> condition) {
    while (!condition()) co_await core::asio::post(loop(), core::use_awaitable);
}

void finish(core::awaitable<void> work) {
    bool finished = false;
    std::exception_ptr failure;
    core::asio::co_spawn(loop(), std::move(work), [&](std::exception_ptr thrown) {
        failure = std::move(thrown);
        finished = true;
    });
    // Asio allows poll() inside of a handler, also of a context for one thread.
    const auto deadline = std::chrono::steady_clock::now() + limit_of_test;
    while (!finished) {
        if (current->poll_one() == 0) std::this_thread::yield();
        if (std::chrono::steady_clock::now() >= deadline) give_up();
    }
    if (failure) std::rethrow_exception(failure);
}

failure_text::failure_text(std::function<std::string()> describe) : describe_{std::move(describe)} {
    texts.push_back(this);
}

failure_text::~failure_text() { std::erase(texts, this); }

void failure_text::print_if_failed() const {
    if (!::testing::Test::HasFailure() && std::uncaught_exceptions() == 0) return;
    std::fprintf(stderr, "%s", describe().c_str());
}

std::string failure_text::describe() const {
    try {
        return describe_();
    } catch (const std::exception& failure) {
        return std::string{"what happened cannot be told: "} + failure.what() + "\n";
    }
}

}  // namespace harness
