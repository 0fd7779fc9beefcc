#pragma once

#include <core/clock.hpp>
#include <core/tracer.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

struct route;

struct field {
    std::string_view name;
    std::string_view value;
};

// Names and decoded values, in the order in which they came.
class parameters {
public:
    void add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
    // The first of that name.
    [[nodiscard]] const std::string* find(std::string_view name) const;
    [[nodiscard]] std::string value_or_empty(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return all_; }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

// Whose request it is, by a session token that the request carried.
struct session {
    std::string id{};
    std::string user_id{};
    std::string name{};
    std::string email{};
    bool is_confirmed = false;
    core::timestamp registered_at{};
    bool by_cookie = false;  // else by Authorization
};

// One HTTP request, checked and decoded. Views point into the connection's buffer and are valid until the handler has
// answered.
struct request {
    std::string_view method;         // as sent: a handler of GET sees HEAD too
    std::string_view target;         // as sent
    std::string_view host;           // as sent, with port
    std::string path;                // decoded, valid UTF-8, without query
    std::vector<field> fields;       //
    parameters query;                //
    parameters path_parameters;      //
    std::string body;                //
    core::origin from;               // the trace: of traceparent, or a new one
    bool begins_trace = true;        // nobody sent one
    core::span span;                 // from its admission to its answer
    core::monotonic_time began;      // when its head was there
    const route* matched = nullptr;  // what the router has found for it; none: nothing takes it
    std::string_view client;         // address of the other end, or of who is behind a trusted proxy
    std::string_view local;          // address of this end
    bool is_encrypted = false;       // came over TLS, to this server or to a trusted proxy
    bool is_admin = false;           // carries the admin token, or the cookie of somebody who had it
    bool is_admin_by_cookie = false;
    std::optional<web::session> session{};  // always there where a route is for users alone; see knows_session

    // The first field of that name, compared without case; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] bool has_header(std::string_view name) const;
    [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const;
    // Accept names text/html, and nothing of JSON before it.
    [[nodiscard]] bool prefers_html() const;
};

}  // namespace web
