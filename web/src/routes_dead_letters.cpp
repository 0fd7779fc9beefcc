#include <algorithm>
#include <map>

#include "body.hpp"
#include "query.hpp"
#include "routes.hpp"

namespace web {
namespace {

constexpr std::int64_t deepest = 10'000;          // letters of each module that one page may be put together from
constexpr std::size_t most_ids = 1'000;           // in one request
constexpr std::size_t largest_data = 256 * 1024;  // bytes of JSON

struct edited_letter {
    std::optional<nlohmann::json> data{};
};
BOOST_DESCRIBE_STRUCT(edited_letter, (), (data))

struct retry_wanted {
    std::optional<std::vector<std::string>> ids{};
    std::optional<bool> all{};
    std::optional<std::string> module{};
};
BOOST_DESCRIBE_STRUCT(retry_wanted, (), (ids, all, module))

std::vector<core::field_error> check(const retry_wanted& wanted, const operated_modules& operated) {
    std::vector<core::field_error> errors;
    if (wanted.ids.has_value() == wanted.all.has_value())
        errors.push_back({"ids", "must be given, or all instead"});
    else if (wanted.ids && (wanted.ids->empty() || wanted.ids->size() > most_ids))
        errors.push_back({"ids", "must be from 1 to " + std::to_string(most_ids) + " ids"});
    else if (wanted.all == false)
        errors.push_back({"all", "must be true when it is given"});
    if (wanted.module && wanted.ids) errors.push_back({"module", "goes with all only"});
    if (wanted.module && !operated.knows(*wanted.module))
        errors.push_back({"module", "is no module that has handlers"});
    return errors;
}

core::error no_such_letter(const std::string& id) {
    return {core::error_kind::not_found, "There is no dead letter " + id + "."};
}

// The module in an id; empty when it is none.
std::string module_of(const std::string& id, const operated_modules& operated) {
    const auto dash = id.rfind('-');
    if (dash == std::string::npos || dash + 1 == id.size()) return {};
    auto module = id.substr(0, dash);
    return operated.knows(module) ? module : std::string{};
}

// Newest failure first. Ids settle what failed in the same millisecond, so that pages agree.
void sort(std::vector<bus::dead_letter>& letters) {
    std::ranges::sort(letters, [](const auto& a, const auto& b) {
        return std::tie(b.last_failed_at, b.id) < std::tie(a.last_failed_at, a.id);
    });
}

nlohmann::ordered_json to_json(const std::vector<bus::dead_letter>& letters, std::int64_t first,
                               const page_wanted& wanted, std::int64_t total) {
    auto items = nlohmann::ordered_json::array();
    for (std::int64_t i = first; i < std::min(first + wanted.size, std::ssize(letters)); ++i)
        items.push_back(bus::to_json(letters[static_cast<std::size_t>(i)]));
    return {{"items", std::move(items)},
            {"page", wanted.page},
            {"size", wanted.size},
            {"total_count", total},
            {"total_pages", (total + wanted.size - 1) / wanted.size},
            {"has_more", wanted.page * wanted.size < total}};
}

nlohmann::ordered_json retried(std::int64_t count) { return {{"retried", count}}; }

}  // namespace

void dead_letter_routes::add_to(router& admin) {
    using std::bind_front;
    const route_options read{.who = access::admin};
    const route_options mend{
        .who = access::admin, .body_limit = largest_data, .mends_overload = true, .is_audited = true};
    admin.add("GET", "/api/v1/dead-letters", bind_front(&dead_letter_routes::list, this), read);
    admin.add("POST", "/api/v1/dead-letters/retry", bind_front(&dead_letter_routes::retry_many, this), mend);
    admin.add("GET", "/api/v1/dead-letters/{id}", bind_front(&dead_letter_routes::get, this), read);
    admin.add("DELETE", "/api/v1/dead-letters/{id}", bind_front(&dead_letter_routes::drop, this), mend);
    admin.add("POST", "/api/v1/dead-letters/{id}/retry", bind_front(&dead_letter_routes::retry_one, this), mend);
}

core::awaitable<response> dead_letter_routes::list(request& request) {
    const auto wanted = read_page(request);
    if (!wanted) co_return wanted.error();
    const auto module = text_parameter(request, "module");
    if (module && !operated_.knows(*module))
        co_return problem(core::invalid({{"module", "is no module that has handlers"}}).error());
    bus::search_dead_letters search{.handler = text_parameter(request, "handler"),
                                    .offset = module ? (wanted->page - 1) * wanted->size : 0,
                                    .size = module ? wanted->size : wanted->page * wanted->size};
    if (module) {
        const auto found = co_await operated_.ask(*module, std::move(search), request);
        co_return found ? json(200, to_json(found->items, 0, *wanted, found->total_count)) : problem(found.error());
    }
    // What all modules have is one list, so each has to give all of its letters up to the end of this page.
    if (search.size > deepest)
        co_return problem(core::invalid({{"page", "is too far on; give a module to go further"}}).error());
    auto found = co_await operated_.ask_all(std::move(search), request);
    if (!found) co_return problem(found.error());
    if (const auto nobody = found->nobody_answered()) co_return problem(*nobody);
    std::vector<bus::dead_letter> letters;
    std::int64_t total = 0;
    for (auto& [name, own] : found->given) {
        total += own.total_count;
        std::ranges::move(own.items, std::back_inserter(letters));
    }
    sort(letters);
    co_return json(200, to_json(letters, (wanted->page - 1) * wanted->size, *wanted, total));
}

core::awaitable<response> dead_letter_routes::get(request& request) {
    auto id = request.path_parameters.value_or_empty("id");
    auto module = module_of(id, operated_);
    if (module.empty()) co_return problem(no_such_letter(id));
    const auto found = co_await operated_.ask(std::move(module), bus::get_dead_letter{.id = std::move(id)}, request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

core::awaitable<response> dead_letter_routes::retry_one(request& request) {
    auto id = request.path_parameters.value_or_empty("id");
    edited_letter edited;
    if (!request.body.empty()) {
        auto message = read_message<edited_letter>(request);
        if (!message) co_return std::move(message.error());
        edited = std::move(*message);
    }
    auto module = module_of(id, operated_);
    if (module.empty()) co_return problem(no_such_letter(id));
    const bool is_edited = edited.data.has_value();
    const auto done = co_await operated_.ask(
        std::move(module), bus::retry_dead_letters{.ids = {id}, .data = std::move(edited.data)}, request);
    if (!done) co_return problem(done.error());
    log_.info("an admin retried a dead letter", {{"id", id}, {"edited", is_edited}}, request.from);
    co_return json(202, retried(done->count));
}

core::awaitable<response> dead_letter_routes::retry_many(request& request) {
    auto wanted = read_message<retry_wanted>(request);
    if (!wanted) co_return std::move(wanted.error());
    if (auto errors = check(*wanted, operated_); !errors.empty())
        co_return problem(core::invalid(std::move(errors)).error());
    const auto done = wanted->ids ? co_await retry_these(std::move(*wanted->ids), request)
                                  : co_await retry_all(std::move(wanted->module), request);
    co_return done ? json(202, retried(*done)) : problem(done.error());
}

core::awaitable<core::result<std::int64_t>> dead_letter_routes::retry_all(std::optional<std::string> module,
                                                                          const request& request) {
    std::int64_t count = 0;
    if (module) {
        const auto done = co_await operated_.ask(*module, bus::retry_dead_letters{}, request);
        if (!done) co_return std::unexpected{done.error()};
        count = done->count;
    } else {
        const auto done = co_await operated_.ask_all(bus::retry_dead_letters{}, request);
        if (!done) co_return std::unexpected{done.error()};
        if (auto nobody = done->nobody_answered()) co_return std::unexpected{std::move(*nobody)};
        for (const auto& [name, affected] : done->given) count += affected.count;
    }
    log_.info("an admin retried all dead letters", {{"module", module.value_or("")}, {"count", count}}, request.from);
    co_return count;
}

core::awaitable<core::result<std::int64_t>> dead_letter_routes::retry_these(std::vector<std::string> ids,
                                                                            const request& request) {
    std::map<std::string, std::vector<std::string>> by_module;
    for (auto& id : ids) {
        auto module = module_of(id, operated_);
        if (module.empty()) co_return std::unexpected{no_such_letter(id)};
        by_module[std::move(module)].push_back(std::move(id));
    }
    // One module retries all or none. Over several of them an id that is wrong has to be found before the first begins.
    for (const auto& [module, own] : by_module) {
        if (by_module.size() == 1) break;
        for (const auto& id : own) {
            const auto known = co_await operated_.ask(module, bus::get_dead_letter{.id = id}, request);
            if (!known) co_return std::unexpected{known.error()};
        }
    }
    std::int64_t count = 0;
    for (const auto& [module, own] : by_module) {
        const auto done = co_await operated_.ask(module, bus::retry_dead_letters{.ids = own}, request);
        if (!done) co_return std::unexpected{done.error()};
        count += done->count;
        for (const auto& id : own) log_.info("an admin retried a dead letter", {{"id", id}}, request.from);
    }
    co_return count;
}

core::awaitable<response> dead_letter_routes::drop(request& request) {
    auto id = request.path_parameters.value_or_empty("id");
    auto module = module_of(id, operated_);
    if (module.empty()) co_return problem(no_such_letter(id));
    const auto done = co_await operated_.ask(std::move(module), bus::drop_dead_letter{.id = id}, request);
    if (!done) co_return problem(done.error());
    log_.info("an admin dropped a dead letter", {{"id", id}}, request.from);
    co_return empty(204);
}

}  // namespace web
