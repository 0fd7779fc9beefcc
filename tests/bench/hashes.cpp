#include <sodium.h>

#include <algorithm>
#include <core/task_group.hpp>
#include <thread>

#include "bench.hpp"
#include "password_hasher.hpp"

namespace bench {
namespace {

constexpr int many = 200;

double bare(int hashes) {
    std::array<char, crypto_pwhash_STRBYTES> text{};
    return seconds([&] {
               for (int i = 0; i < hashes; ++i)
                   if (crypto_pwhash_str(text.data(), "correct horse", 13, 2, std::size_t{19456} * 1024) != 0)
                       std::abort();
           }) *
           1000 / hashes;
}

core::awaitable<void> hash_some(registration::password_hasher& hasher, int count) {
    for (int i = 0; i < count; ++i)
        if (!co_await hasher.hash("correct horse")) std::abort();
}

core::awaitable<void> hash_all(loop& loop, registration::password_hasher& hasher, int callers) {
    core::task_group tasks{loop.context.get_executor(), loop.clock, loop.runtime.log_for("bench")};
    for (int i = 0; i < callers; ++i) tasks.spawn("caller", hash_some(hasher, many / callers));
    co_await tasks.join();
}

double pooled(std::size_t threads) {
    loop loop;
    registration::password_hasher hasher{loop.runtime, {.threads = threads, .queue = 64}, {}};
    const auto took = seconds([&] { loop.run(hash_all(loop, hasher, 8)); });
    hasher.stop();
    loop.context.poll();
    return many / took;
}

}  // namespace

void password_hashes() {
    if (sodium_init() < 0) std::abort();
    report("a password hash, libsodium as it is", bare(50), "ms");
    report("a password hash, its memory kept", 1000 / pooled(1), "ms");
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    report("password hashes on " + std::to_string(cores) + " threads", pooled(cores), "/s");
}

}  // namespace bench
