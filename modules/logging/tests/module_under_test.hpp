#pragma once

#include <harness/module_under_test.hpp>
#include <logging/messages.hpp>
#include <logging/migrations.hpp>
#include <logging/module.hpp>
#include <string>
#include <utility>
#include <vector>

namespace logging::test {

// The module logging alone.
class module_under_test : public harness::module_under_test {
public:
    explicit module_under_test(settings options = {})
        : harness::module_under_test{
              {"logging", migrations(), [options = at_once(std::move(options))](const bus::module_context& context) {
                   auto running = std::make_shared<module>(context, options);
                   running->start();
                   return harness::running_module{
                       .module = running, .after_bus_stopped = [module = running.get()] { return module->stop(); }};
               }}} {}

    // The clock stands still, so nothing may wait for it.
    static settings at_once(settings options) {
        options.gathering = std::chrono::milliseconds{0};
        return options;
    }
    // What another module logs. It is stored when finished() returns.
    void log(std::string name, std::string level = "INFO", std::string module = "shop", std::string trace_id = "") {
        emit(entry_recorded{world.clock.now(),
                            std::move(level),
                            std::move(module),
                            std::move(name),
                            {R"({"id":7})"},
                            std::move(trace_id)});
    }
    // With data of its own.
    void log_with(const nlohmann::json& data, std::string name = "entry") {
        emit(entry_recorded{world.clock.now(), "INFO", "shop", std::move(name), bus::json_text::of(data), ""});
    }

    core::awaitable<log_page> search(search_entries query = {}) {
        co_return (co_await request(std::move(query))).value();
    }
    // The names of what these words find, newest first.
    core::awaitable<std::vector<std::string>> names_with(std::string words) {
        const auto page = co_await search({.search = std::move(words), .size = 100});
        std::vector<std::string> names;
        for (const auto& item : page.items) names.push_back(item.name);
        EXPECT_EQ(page.total_count, std::ssize(names));
        co_return names;
    }
};

}  // namespace logging::test
