#pragma once

#include <algorithm>
#include <bus/endpoint.hpp>
#include <chrono>
#include <core/log.hpp>
#include <core/runtime.hpp>
#include <map>
#include <string>
#include <string_view>

namespace bus {

// Finds the one handler of a request and awaits it, behind its bound and within the deadline.
class request_router {
public:
    request_router(const core::runtime& runtime, std::chrono::milliseconds limit) : runtime_{runtime}, limit_{limit} {}

    void add(const std::string& module, request_handler handler);
    // `kind`: of the span, see spans.hpp.
    core::awaitable<core::result<parcel>> send(std::string_view name, parcel request, call call,
                                               core::span_kind kind = core::span_kind::internal);
    [[nodiscard]] bool answers(std::string_view name) const { return places_.contains(name); }
    // No request has longer than the bus gives it.
    [[nodiscard]] core::monotonic_time limited(core::monotonic_time deadline) const {
        return std::min(deadline, runtime_.time.monotonic() + limit_);
    }
    // From here on every request finds nobody.
    void close() noexcept { closed_ = true; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

private:
    struct place {
        std::string module;
        request_handler handler;
        std::size_t in_flight = 0;
    };

    core::awaitable<core::result<parcel>> answer(place& place, parcel request, call call);

    const core::runtime& runtime_;
    std::chrono::milliseconds limit_;
    std::map<std::string, place, std::less<>> places_;
    std::size_t in_flight_ = 0;
    bool closed_ = false;
};

}  // namespace bus
