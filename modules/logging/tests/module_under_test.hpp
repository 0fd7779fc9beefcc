#pragma once

#include <harness/module_under_test.hpp>
#include <logging/messages.hpp>
#include <logging/migrations.hpp>
#include <logging/module.hpp>
#include <string>
#include <utility>

namespace logging::test {

// The module logging alone.
class module_under_test : public harness::module_under_test {
public:
    explicit module_under_test(settings options = {})
        : harness::module_under_test{{"logging", migrations(), [options](const bus::module_context& context) {
                                          auto running = std::make_shared<module>(context, options);
                                          running->start();
                                          return harness::running_module{
                                              .module = running,
                                              .after_bus_stopped = [module = running.get()] { return module->stop(); }};
                                      }}} {}

    // What another module logs. It is stored when finished() returns.
    void log(std::string name, std::string level = "INFO", std::string module = "shop", std::string trace_id = "") {
        emit(entry_recorded{
            world.clock.now(), std::move(level), std::move(module), std::move(name), {{"id", 7}}, std::move(trace_id)});
    }

    core::awaitable<log_page> search(search_entries query = {}) {
        co_return (co_await request(std::move(query))).value();
    }
};

}  // namespace logging::test
