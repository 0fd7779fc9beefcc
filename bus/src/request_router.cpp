#include "request_router.hpp"

#include <core/task_group.hpp>
#include <core/timeout.hpp>
#include <stdexcept>
#include <storage/error.hpp>

#include "spans.hpp"

namespace bus {
namespace {

core::error to_error(const storage::error& failure) {
    switch (failure.kind()) {
        case storage::failure::full:
            return {core::error_kind::storage_full, "The disk is full. Nothing was changed."};
        case storage::failure::overloaded:
        case storage::failure::stopped:
            return {core::error_kind::overloaded, "Too much is going on at present. Nothing was changed; try again."};
        default:
            return {core::error_kind::remote, "The request could not be done."};
    }
}

class counted {
public:
    explicit counted(std::size_t& one, std::size_t& all) : one_{one}, all_{all} {
        ++one_;
        ++all_;
    }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() {
        --one_;
        --all_;
    }

private:
    std::size_t& one_;
    std::size_t& all_;
};

}  // namespace

void request_router::add(const std::string& module, request_handler handler) {
    auto name = handler.name;
    if (!places_.emplace(name, place{module, std::move(handler)}).second)
        throw std::logic_error{"two modules answer the request " + name};
}

core::awaitable<core::result<parcel>> request_router::send(std::string_view name, parcel request, call call,
                                                           core::span_kind kind) {
    const auto found = places_.find(name);
    if (found == places_.end() || closed_)
        co_return core::fail(core::error_kind::no_handler,
                             "The module " + std::string{owner_of(name)} + " is not running.");
    auto& place = found->second;
    if (place.in_flight >= place.handler.concurrency)
        co_return core::fail(core::error_kind::overloaded,
                             "Too many requests wait in the module " + place.module + ".");
    const auto now = runtime_.time.monotonic();
    call.deadline = limited(call.deadline);
    if (call.deadline <= now) co_return core::fail(core::error_kind::timed_out, "The deadline has passed.");

    auto span = request_span(runtime_.traces, kind, place.handler.name, place.module, call.from.trace);
    const counted counted{place.in_flight, in_flight_};
    const auto remaining = call.deadline - now;
    auto outcome = co_await core::with_timeout(remaining, answer(place, std::move(request), std::move(call)));
    core::result<parcel> given =
        outcome ? std::move(*outcome) : core::fail(core::error_kind::timed_out, "The answer did not come in time.");
    if (!given) note_answer(span, given.error());
    co_return given;
}

// The catch boundary of a request: what is unexpected is logged once, with the trace, and told in general words.
core::awaitable<core::result<parcel>> request_router::answer(place& place, parcel request, call call) {
    const auto from = call.from;
    std::string reason;
    core::error error{core::error_kind::remote, "The request could not be done."};
    try {
        co_return co_await place.handler.handle(std::move(request), std::move(call));
    } catch (const storage::error& failure) {
        reason = failure.what();
        error = to_error(failure);
    } catch (...) {
        if (core::is_cancellation(std::current_exception())) throw;
        reason = core::describe(std::current_exception());
    }
    runtime_.log_for(place.module)
        .error("a request failed", {{"request", place.handler.name}, {"error", reason}}, from);
    co_return std::unexpected{std::move(error)};
}

}  // namespace bus
