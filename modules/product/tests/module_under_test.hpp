#pragma once

#include <algorithm>
#include <harness/module_under_test.hpp>
#include <optional>
#include <product/messages.hpp>
#include <product/migrations.hpp>
#include <product/module.hpp>
#include <string>

namespace product::test {

// The module product alone, asked as the edge asks it: each read names the position of the last change.
class module_under_test : public harness::module_under_test {
public:
    module_under_test() : harness::module_under_test{{"product", migrations(), &start}} {}

    template <bus::request_message R>
    core::awaitable<core::result<written_product>> write(R command) {
        auto written = co_await request(std::move(command));
        if (written) position = std::max(position, written->position.value_or(0));
        co_return written;
    }
    core::awaitable<core::result<written_product>> create(std::string name, std::string description = "",
                                                          nlohmann::json price = "1") {
        return write(create_product{std::move(name), std::move(description), std::move(price)});
    }
    core::awaitable<core::result<removed_product>> remove(std::string id) {
        auto removed = co_await request(delete_product{std::move(id), std::nullopt});
        if (removed) position = std::max(position, removed->position);
        co_return removed;
    }
    core::awaitable<core::result<product_view>> get(std::string id) {
        return request(get_product{std::move(id), position});
    }
    core::awaitable<core::result<product_page>> search(search_products wanted) {
        wanted.not_before = position;
        return request(std::move(wanted));
    }
    // The names that are found, with blanks between.
    core::awaitable<std::string> names(search_products wanted) {
        const auto page = co_await search(std::move(wanted));
        if (!page) co_return page.error().detail;
        std::string all;
        for (const auto& one : page->items) all += (all.empty() ? "" : " ") + one.name;
        co_return all;
    }

    std::int64_t position = 0;

private:
    static harness::running_module start(const bus::module_context& context) {
        auto made = std::make_shared<module>(context);
        made->start();
        return {.module = made, .before_bus_stops = {}, .after_bus_stopped = [made] { return made->stop(); }};
    }
};

}  // namespace product::test
