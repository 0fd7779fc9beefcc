#pragma once

#include <core/error.hpp>
#include <core/log.hpp>
#include <core/metrics.hpp>
#include <core/tracer.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <web/limits.hpp>
#include <web/response.hpp>
#include <web/service.hpp>

namespace web {

using handler = std::function<core::awaitable<response>(request&)>;

enum class access { anyone, user, admin, user_or_admin };

// What requests of one client are counted together, since they cost the same.
enum class budget { none, registrations, sign_ins };

struct route_options {
    access who = access::anyone;
    web::budget budget = budget::none;
    std::size_t body_limit = 0;     // bytes; 0: that of the limits
    bool mends_overload = false;    // open to changes when everything else is closed to them
    bool is_audited = false;        // who did it is kept
    bool is_for_own_pages = false;  // not even opened by a page of another site, where others may be read blindly
    bool knows_session = false;     // for anyone, but who has a session is told apart: request::session
    bool is_untraced = false;       // asked again and again, or about the traces themselves: no spans
};

class route_metrics;

struct route {
    std::string method;
    std::string pattern;
    std::string title;                  // of its spans
    std::vector<std::string> segments;  // "{id}" takes any one segment
    handler handle;
    route_options options;
    std::shared_ptr<route_metrics> counted{};  // none: not counted
};

// Names under which a listener may be called: against DNS rebinding. Compared without case and without port.
class host_rules {
public:
    // Loopback names are always allowed. With `any_local_address` also the address at which the connection arrived.
    explicit host_rules(std::vector<std::string> names = {}, bool any_local_address = false);
    [[nodiscard]] bool allows(std::string_view host, std::string_view local_address) const;

private:
    std::vector<std::string> names_;
    bool any_local_address_;
};

struct router_settings {
    web::limits limits{};
    host_rules hosts{};
    std::string own_origin{};                                      // of the public URL: https://example.org
    std::function<bool(std::string_view token)> is_admin_token{};  // none: nobody is admin
    // Of a session that an operator began in a browser. None: nobody is admin by a cookie.
    std::function<bool(std::string_view token)> is_console_session{};
    // Whose session token it is; `unauthenticated` when nobody's. None: nobody is a user.
    std::function<core::awaitable<core::result<session>>(std::string token, const request&)> find_session{};
    // Goes with both: why a change by cookie is not taken, as it lacks the token of a form that this browser got.
    std::function<std::optional<core::error>(const request&)> form_check{};
    std::function<std::string(const problem_details&, std::string_view trace_id)> error_page{};  // none: JSON only
    std::function<void(request&)> look_behind_proxies{};  // finds the client; none: it is the other end
    // Counts a request; the refusal when there were too many. None: no limits.
    std::function<std::optional<response>(budget, std::string_view client)> over_budget{};
    // Keeps that it was done, and what came of it.
    std::function<core::awaitable<void>(const request&, int status)> audit{};
    std::function<std::optional<core::error>()> admission{};  // why changes are refused at present
    // Where requests are counted and timed, under the listener's name; none: nowhere. It outlives the router.
    core::metrics* metrics = nullptr;
    std::string listener{};
    core::tracer* traces = nullptr;  // none: no spans; it outlives the router
};

// Method and path to handler, with all checks that are the same for every request: host, path, origin, admin token,
// session, the budget of the client, and whether there is room for a change. What passes those that need no waiting has
// a span; what is refused at the door has none, so that a flood of such requests hides no others.
// Routes are added before the first request. Loop thread.
class router final : public service {
public:
    router(core::logger log, const core::clock& clock, router_settings settings);

    // `pattern`: /api/v1/products/{id}. GET answers HEAD too.
    void add(std::string_view method, std::string_view pattern, handler handle, route_options options = {});

    admission admit(request& request) override;
    core::awaitable<response> handle(request& request, const admission& admitted) override;
    response refuse(request& request, int status, std::string_view detail) override;

private:
    struct found {
        const route* target = nullptr;
        std::string allowed{};  // methods of the path, when it has any
    };

    [[nodiscard]] std::optional<response> check(request& request, found& place) const;
    void find_admin(request& request) const;
    void look_at_admin_again(request& request, const route& target, response& answer) const;
    [[nodiscard]] std::optional<response> check_rights(request& request, const route& target) const;
    [[nodiscard]] std::optional<response> check_budget(const request& request, const route& target) const;
    [[nodiscard]] std::optional<response> check_room(const request& request, const route& target) const;
    [[nodiscard]] std::optional<response> check_form(const request& request, const route& target) const;
    core::awaitable<std::optional<response>> check_session(request& request, const route& target) const;
    core::awaitable<void> note_session(request& request) const;
    [[nodiscard]] found find(request& request, const std::vector<std::string>& segments) const;
    [[nodiscard]] response finish(const request& request, response answer);
    void count(const request& request, int status);
    void log_answer(const request& request, const response& answer) const;

    void begin(request& request);
    [[nodiscard]] std::shared_ptr<route_metrics> counted(std::string_view method, std::string_view pattern) const;
    void begin_span(request& request, const route& target) const;

    core::logger log_;
    const core::clock& clock_;
    router_settings settings_;
    std::shared_ptr<route_metrics> unmatched_;                               // what has no route
    std::multimap<std::string, std::unique_ptr<route>, std::less<>> fixed_;  // by path
    std::vector<std::unique_ptr<route>> patterns_;
};

}  // namespace web
