#pragma once

#include <core/async.hpp>
#include <cstddef>
#include <optional>
#include <string_view>
#include <web/request.hpp>
#include <web/response.hpp>

namespace web {

struct route;

// What is known of a request once its head is there.
struct admission {
    std::optional<response> answer{};  // set: the body is not read
    const route* target = nullptr;
    std::size_t body_limit = 0;
};

// What a server serves. Loop thread; every answer is complete but for the connection's own headers.
class service {
public:
    virtual ~service() = default;

    // After the head, before the body.
    virtual admission admit(request& request) = 0;
    // Never throws but operation_aborted when the caller is cancelled.
    virtual core::awaitable<response> handle(request& request, const admission& admitted) = 0;
    // An answer to what never became a request.
    virtual response refuse(request& request, int status, std::string_view detail) = 0;
};

}  // namespace web
