#include <fcntl.h>
#include <unistd.h>

#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <vector>

#include "process_metrics.hpp"

using harness::metric;

CO_TEST(process_metrics, tell_what_the_process_uses_when_they_are_asked) {
    harness::world world;
    const app::process_metrics metrics{world.runtime, world.folder.path(), 1024};

    const auto before = co_await metric(world, "process_open_fds");
    const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const auto after = co_await metric(world, "process_open_fds");
    ::close(file);

    EXPECT_EQ(after.value_or(0), before.value_or(0) + 1);
    EXPECT_GE(co_await metric(world, "process_max_fds"), after);
    EXPECT_EQ(co_await metric(world, "process_start_time_seconds"), 1'750'000'000.0);
    EXPECT_NE((co_await world.metrics.text()).find("busbar_build_info{version=\""), std::string::npos);
}

CO_TEST(process_metrics, grow_with_memory_and_processor_time) {
    harness::world world;
    const app::process_metrics metrics{world.runtime, world.folder.path(), 1024};
    constexpr std::size_t more = 32UL * 1024 * 1024;

    const auto time_before = co_await metric(world, "process_cpu_seconds_total");
    const auto memory_before = co_await metric(world, "process_resident_memory_bytes");
    const std::vector<char> used(more, 'x');
    const auto memory_after = co_await metric(world, "process_resident_memory_bytes");
    const auto time_after = co_await metric(world, "process_cpu_seconds_total");

    EXPECT_GT(time_before, 0.0);
    EXPECT_GT(time_after, time_before);
    EXPECT_GE(memory_after.value_or(0), memory_before.value_or(0) + static_cast<double>(more) / 2) << used.size();
}

CO_TEST(process_metrics, tell_the_room_on_the_disk_of_the_data) {
    harness::world world;
    const app::process_metrics metrics{world.runtime, world.folder.path(), 1024};

    EXPECT_GT(co_await metric(world, "busbar_storage_free_bytes"), 0.0);
    EXPECT_EQ(co_await metric(world, "busbar_storage_reserve_bytes"), 1024.0);
}
