#pragma once

#include <core/clock.hpp>
#include <string>
#include <string_view>
#include <web/response.hpp>

namespace web {

// The value of the Date field, made once a second (RFC 9110, section 5.6.7).
class date_field {
public:
    [[nodiscard]] std::string_view at(core::timestamp now);

private:
    std::chrono::sys_seconds second_{};
    std::string text_;
};

struct delivery {
    bool without_body = false;  // an answer to HEAD
    bool keep_alive = true;
    bool is_secure = false;  // over TLS
    std::string_view date{};
    std::string_view trace_id{};
};

// Appends the head, and the body when it is short, to `out`. What is left to send comes back: empty, or a view of the
// answer's body.
[[nodiscard]] std::string_view serialise(const response& answer, const delivery& how, std::string& out);

}  // namespace web
