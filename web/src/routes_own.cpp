#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "assets.hpp"
#include "routes.hpp"

namespace web {
namespace {

struct shown_module {
    std::string_view name;
    std::string_view title;
    std::string_view does;
    std::string_view method;
    std::string_view path;
};

// Only what anyone may know and use.
constexpr std::array<shown_module, 4> shown_modules{{
    {"registration", "Registration", "Accounts with a confirmed address. Passwords are kept as argon2id hashes only.",
     "POST", "/api/v1/registrations"},
    {"email", "E-mail", "A queue on disk: a mail that was promised goes out, also after a crash.", "", ""},
    {"product", "Products", "A small catalogue that shows a second module with its own data and events.", "GET",
     "/api/v1/products/{id}"},
    {"logging", "Logging", "Keeps what every module has to say, by trace, module and level.", "", ""},
}};

std::vector<failing_part> asked(const std::function<std::vector<failing_part>()>& parts) {
    return parts ? parts() : std::vector<failing_part>{};
}

nlohmann::ordered_json described(const std::vector<failing_part>& parts) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& [part, reason] : parts) all.push_back({{"part", part}, {"reason", reason}});
    return all;
}

}  // namespace

void own_routes::add_to(router& router, bool is_public) {
    router.add("GET", "/livez", std::bind_front(&own_routes::live, this), {.is_untraced = true});
    router.add("GET", "/readyz", std::bind_front(&own_routes::ready, this), {.is_untraced = true});
    if (is_public) router.add("GET", "/", std::bind_front(&own_routes::home, this));
    add_assets(router);
}

core::awaitable<response> own_routes::live(request&) {
    co_return response{.content_type = content_type::json, .file = R"({"status":"ok"})"};
}

core::awaitable<response> own_routes::ready(request&) {
    if (const auto failing = asked(health_.failing); !failing.empty())
        co_return json(503, {{"status", "unavailable"}, {"failing", described(failing)}}).with("Retry-After", "1");
    // It serves what it can without them; taken out of a load balancer it would not even do that.
    if (const auto lacking = asked(health_.lacking); !lacking.empty())
        co_return json(200, {{"status", "degraded"}, {"lacking", described(lacking)}});
    co_return response{.content_type = content_type::json, .file = R"({"status":"ok"})"};
}

core::awaitable<response> own_routes::home(request&) {
    page_data modules{page_data::type::list};
    for (const auto& module : shown_modules) {
        if (std::ranges::find(modules_, module.name) == modules_.end()) continue;
        page_data one;
        one.set("name", std::string{module.title});
        one.set("does", std::string{module.does});
        one.set("method", std::string{module.method});
        if (!module.path.empty()) one.set("path", std::string{module.path});
        modules.push_back(one);
    }
    page_data data;
    data.set("modules", modules);
    data.set("has_registration", std::ranges::find(modules_, "registration") != modules_.end());
    data.set("has_products", std::ranges::find(modules_, "product") != modules_.end());
    co_return html(200, pages_.render("home", data, {.title = "Start", .kind = "wide"}));
}

}  // namespace web
