#include <algorithm>

#include "body.hpp"
#include "routes.hpp"

namespace web {
namespace {

struct replay_wanted {
    std::string group;  // MODULE.HANDLER, or HANDLER when only one module has it
    std::optional<std::string> source{};
    std::optional<std::int64_t> from_sequence{};
    std::optional<core::timestamp> from_time{};
};
BOOST_DESCRIBE_STRUCT(replay_wanted, (), (group, source, from_sequence, from_time))

struct handler_name {
    std::string module;
    std::string handler;
};

std::vector<core::field_error> check(const replay_wanted& wanted) {
    std::vector<core::field_error> errors;
    if (wanted.from_sequence.has_value() == wanted.from_time.has_value())
        errors.push_back({"from_sequence", "must be given, or from_time instead"});
    if (wanted.from_sequence && *wanted.from_sequence < 1) errors.push_back({"from_sequence", "must be from 1"});
    return errors;
}

core::awaitable<core::result<handler_name>> find_handler(const operated_modules& operated, std::string group,
                                                         const request& request) {
    const auto dot = group.find('.');
    if (dot != std::string::npos && operated.knows(group.substr(0, dot)))
        co_return handler_name{group.substr(0, dot), group.substr(dot + 1)};
    const auto views = co_await operated.ask_all(bus::get_status{}, request);
    if (!views) co_return std::unexpected{views.error()};
    std::vector<std::string> owners;
    for (const auto& [module, view] : views->given)
        if (std::ranges::find(view.handlers, group, &bus::handler_view::handler) != view.handlers.end())
            owners.push_back(module);
    if (owners.empty()) co_return core::fail(core::error_kind::not_found, "No module has a handler of this name.");
    if (owners.size() > 1)
        co_return core::invalid(
            {{"group", "more than one module has it; write " + owners.front() + "." + group + " for example"}});
    co_return handler_name{owners.front(), group};
}

// The processes that answered, each once: this one first, with its modules as configured.
class process_list {
public:
    explicit process_list(const process_modules& own) { all_.push_back({.name = own.name, .modules = own.modules}); }

    void add(const bus::module_view& view) {
        auto found = std::ranges::find(all_, view.process, &process::name);
        if (found == all_.end()) found = all_.insert(all_.end(), {.name = view.process});
        if (std::ranges::find(found->modules, view.module) == found->modules.end())
            found->modules.push_back(view.module);
        found->published += view.published;
        found->published_without_handler += view.published_without_handler;
        found->in_flight += view.in_flight;
        if (view.sent) found->sent[view.module] = *view.sent;
    }

    [[nodiscard]] nlohmann::ordered_json described() const {
        auto list = nlohmann::ordered_json::array();
        for (const auto& one : all_)
            list.push_back({{"name", one.name},
                            {"modules", one.modules},
                            {"published", one.published},
                            {"published_without_handler", one.published_without_handler},
                            {"sent", one.sent},
                            {"in_flight", one.in_flight}});
        return list;
    }

private:
    struct process {
        std::string name;
        std::vector<std::string> modules{};
        std::int64_t published = 0;
        std::int64_t published_without_handler = 0;
        // By module: up to where the broker has its log, and how many events are on their way there.
        nlohmann::ordered_json sent = nlohmann::ordered_json::object();
        std::int64_t in_flight = 0;
    };
    std::vector<process> all_;
};

}  // namespace

void bus_routes::add_to(router& admin) {
    admin.add("GET", "/api/v1/bus", std::bind_front(&bus_routes::status, this), {.who = access::admin});
    admin.add("POST", "/api/v1/bus/replay", std::bind_front(&bus_routes::replay, this),
              {.who = access::admin, .mends_overload = true, .is_audited = true});
}

core::awaitable<response> bus_routes::status(request& request) {
    const auto views = co_await operated_.ask_all(bus::get_status{}, request);
    if (!views) co_return problem(views.error());
    process_list processes{own_};
    auto handlers = nlohmann::ordered_json::array();
    for (const auto& [module, view] : views->given) {
        processes.add(view);
        for (const auto& handler : view.handlers) handlers.push_back(bus::to_json(handler));
    }
    co_return json(200,
                   {{"processes", processes.described()}, {"handlers", std::move(handlers)}, {"away", views->away}});
}

core::awaitable<response> bus_routes::replay(request& request) {
    auto wanted = read_message<replay_wanted>(request);
    if (!wanted) co_return std::move(wanted.error());
    if (auto errors = check(*wanted); !errors.empty()) co_return problem(core::invalid(std::move(errors)).error());
    auto place = co_await find_handler(operated_, wanted->group, request);
    if (!place) co_return problem(place.error());
    const auto started = co_await operated_.ask(place->module,
                                                bus::start_replay{.handler = place->handler,
                                                                  .source = wanted->source,
                                                                  .from_sequence = wanted->from_sequence,
                                                                  .from_time = wanted->from_time},
                                                request);
    if (!started) co_return problem(started.error());
    log_.info("an admin replayed events",
              {{"module", started->module},
               {"handler", started->handler},
               {"source", started->source},
               {"from_sequence", started->from_sequence}},
              request.from);
    co_return json_of(202, *started);
}

}  // namespace web
