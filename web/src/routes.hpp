#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <product/messages.hpp>
#include <string>
#include <vector>
#include <web/edge.hpp>
#include <web/router.hpp>

#include "caller.hpp"
#include "console_sessions.hpp"
#include "forms.hpp"
#include "operated_modules.hpp"
#include "pages.hpp"
#include "written_position.hpp"

// The routes of each module, and of the edge itself. Each class lives as long as the routers that it was added to.
namespace web {

class email_routes {
public:
    explicit email_routes(const caller& modules) : modules_{modules} {}
    void add_to(router& admin);

private:
    core::awaitable<response> send(request& request);
    core::awaitable<response> list(request& request);
    core::awaitable<response> get(request& request);
    core::awaitable<response> retry(request& request);
    core::awaitable<response> release(request& request);
    core::awaitable<response> get_raw(request& request);

    const caller& modules_;
};

class logging_routes {
public:
    explicit logging_routes(const caller& modules) : modules_{modules} {}
    void add_to(router& admin);

private:
    core::awaitable<response> record(request& request);
    core::awaitable<response> list(request& request);

    const caller& modules_;
};

// Reads nothing older than what it has written, see written_position. One object serves both listeners.
class product_routes {
public:
    product_routes(const caller& modules, written_position& written) : modules_{modules}, written_{written} {}
    void add_to(router& router);
    void add_for_operators_to(router& admin);

private:
    core::awaitable<response> create(request& request);
    core::awaitable<response> get(request& request);
    core::awaitable<response> list(request& request);
    core::awaitable<response> list_lines(request& request);
    core::awaitable<response> take_lines(request& request);
    core::awaitable<response> update(request& request);
    core::awaitable<response> patch(request& request);
    core::awaitable<response> remove(request& request);
    [[nodiscard]] response changed(const core::result<product::written_product>& written);
    void note_written(std::int64_t position) { written_.note(position); }
    [[nodiscard]] std::optional<std::int64_t> read_from() const { return written_.read_from(); }
    // Until readers are shown nearly all that imports have written.
    core::awaitable<core::result<void>> imported_is_shown(const request& request);

    const caller& modules_;
    written_position& written_;
    std::int64_t imported_ = 0;  // by the last import
};

// For operators: whether readers are shown what is written, and the catalogue made anew.
class catalog_routes {
public:
    explicit catalog_routes(const caller& modules) : modules_{modules} {}
    void add_to(router& admin);

private:
    core::awaitable<response> check(request& request);
    core::awaitable<response> rebuild_index(request& request);
    core::awaitable<response> index(request& request);

    const caller& modules_;
};

// A process of the system.
struct process_modules {
    std::string name;
    std::vector<std::string> modules;
};

// How far deliveries are, and replays.
class bus_routes {
public:
    bus_routes(const operated_modules& operated, core::logger log, process_modules own)
        : operated_{operated}, log_{std::move(log)}, own_{std::move(own)} {}
    void add_to(router& admin);

private:
    core::awaitable<response> status(request& request);
    core::awaitable<response> replay(request& request);

    const operated_modules& operated_;
    core::logger log_;
    process_modules own_;
};

// The event logs of all modules as one list.
class event_routes {
public:
    explicit event_routes(const operated_modules& operated) : operated_{operated} {}
    void add_to(router& admin);

private:
    core::awaitable<response> list(request& request);

    const operated_modules& operated_;
};

// What no retry could deliver.
class dead_letter_routes {
public:
    dead_letter_routes(const operated_modules& operated, core::logger log)
        : operated_{operated}, log_{std::move(log)} {}
    void add_to(router& admin);

private:
    core::awaitable<response> list(request& request);
    core::awaitable<response> get(request& request);
    core::awaitable<response> retry_one(request& request);
    core::awaitable<response> retry_many(request& request);
    core::awaitable<response> drop(request& request);
    core::awaitable<core::result<std::int64_t>> retry_all(std::optional<std::string> module, const request& request);
    core::awaitable<core::result<std::int64_t>> retry_these(std::vector<std::string> ids, const request& request);

    const operated_modules& operated_;
    core::logger log_;
};

// Signing in and out on the admin listener, and what there is to see.
class console_routes {
public:
    // `address`: the admin listener's, as a URL.
    console_routes(console_sessions& sessions, const core::clock& clock, const pages& pages, const form_guard& forms,
                   const form_guard& sign_in_forms, std::function<std::string()> address)
        : sessions_{sessions},
          clock_{clock},
          pages_{pages},
          forms_{forms},
          sign_in_forms_{sign_in_forms},
          address_{std::move(address)} {}
    void add_to(router& admin);

    [[nodiscard]] std::string new_link() const;

private:
    core::awaitable<response> home(request& request);
    core::awaitable<response> sign_in(request& request);
    core::awaitable<response> sign_out(request& request);
    core::awaitable<response> make_link(request& request);
    [[nodiscard]] response form(const request& request, const form_trouble* trouble = nullptr) const;
    [[nodiscard]] response overview(const request& request) const;

    console_sessions& sessions_;
    const core::clock& clock_;
    const pages& pages_;
    const form_guard& forms_;
    const form_guard& sign_in_forms_;
    std::function<std::string()> address_;
};

// What GET /readyz asks; both may be missing.
struct health {
    std::function<std::vector<failing_part>()> failing{};  // of this process
    std::function<std::vector<failing_part>()> lacking{};  // of what it works with
};

// What this process counts and measures, for Prometheus.
class metrics_route {
public:
    explicit metrics_route(core::metrics& metrics) : metrics_{metrics} {}
    void add_to(router& router);

private:
    core::awaitable<response> get(request& request);

    core::metrics& metrics_;
};

// Health, the start page of the public listener, static files.
class own_routes {
public:
    own_routes(const pages& pages, health health, std::vector<std::string> modules)
        : pages_{pages}, health_{std::move(health)}, modules_{std::move(modules)} {}
    void add_to(router& router, bool is_public);

private:
    core::awaitable<response> live(request& request);
    core::awaitable<response> ready(request& request);
    core::awaitable<response> home(request& request);

    const pages& pages_;
    health health_;
    std::vector<std::string> modules_;
};

}  // namespace web
