#include <chrono>
#include <thread>

#include "admin_api.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "progress_line.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

const std::string check_path = "/api/v1/catalog/check";
const std::string index_path = "/api/v1/catalog/index";
constexpr std::chrono::milliseconds between_looks{100};

struct walk {
    std::int64_t products = 0;
    json wrong = json::array();
};

// Over all products, a step a request; `told` is called with what each has found.
template <class Told>
walk walk_catalog(const admin_api& api, bool repair, Told told) {
    walk all;
    progress_line progress;
    json after = "";
    while (!after.is_null()) {
        auto step = value_of(api.post(check_path, json{{"after", after}, {"repair", repair}}));
        all.products += step["products"].get<std::int64_t>();
        for (auto& one : step["wrong"]) {
            told(one);
            all.wrong.push_back(std::move(one));
        }
        progress.show(std::to_string(all.products) + " products");
        after = std::move(step["next"]);
    }
    return all;
}

void rebuild_index(const admin_api& api) {
    std::ignore = value_of(api.post(index_path, std::nullopt));
    progress_line progress;
    while (true) {
        const auto now = value_of(api.get(index_path));
        if (now["is_complete"].get<bool>()) return;
        progress.show("index: " + text_of(now, "done") + " of " + text_of(now, "all") + " products");
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace

exit_code verify_products(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    const auto all = walk_catalog(api, false, [&command](const json& one) {
        if (!command.as_json) print(printable(text_of(one, "id") + " " + text_of(one, "detail")) + "\n");
    });
    if (command.as_json)
        print_json({{"products", all.products}, {"wrong", all.wrong}});
    else if (all.wrong.empty())
        print(std::to_string(all.products) + " products, all shown as they are\n");
    else
        print(std::to_string(all.wrong.size()) + " wrong of " + std::to_string(all.products) +
              " products; busbar product rebuild puts them right\n");
    return all.wrong.empty() ? exit_code::done : exit_code::no;
}

exit_code rebuild_products(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    const auto all = walk_catalog(api, true, [](const json&) {});
    rebuild_index(api);
    if (command.as_json)
        print_json({{"products", all.products}, {"repaired", all.wrong}});
    else
        print(std::to_string(all.products) + " products, " + std::to_string(all.wrong.size()) +
              " of them put right; the index was made anew\n");
    return exit_code::done;
}

}  // namespace app
