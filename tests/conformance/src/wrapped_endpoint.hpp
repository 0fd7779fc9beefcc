#pragma once

#include <bus/endpoint.hpp>

namespace conformance {

// A door in front of another one.
class wrapped_endpoint : public bus::endpoint {
public:
    explicit wrapped_endpoint(bus::endpoint& inner) : inner_{inner} {}

    void add(bus::event_handler handler) override { inner_.add(std::move(handler)); }
    void add(bus::request_handler handler) override { inner_.add(std::move(handler)); }
    void add_asked(std::string_view name) override { inner_.add_asked(name); }
    void retire(std::string handler) override { inner_.retire(std::move(handler)); }
    core::awaitable<bool> wait_until_past(std::string handler, std::string source, std::int64_t sequence,
                                          core::monotonic_time deadline) override {
        return inner_.wait_until_past(std::move(handler), std::move(source), sequence, deadline);
    }
    [[nodiscard]] std::shared_ptr<bus::signal_inbox> add_listener(bus::signal_subscription wanted) override {
        return inner_.add_listener(std::move(wanted));
    }
    core::awaitable<core::result<bus::parcel>> send(std::string_view name, bus::parcel request,
                                                    bus::call call) override {
        return inner_.send(name, std::move(request), std::move(call));
    }
    void send_signal(std::string_view name, std::string_view routing_key, bus::parcel signal) override {
        inner_.send_signal(name, routing_key, std::move(signal));
    }
    [[nodiscard]] bool uses_wire_format() const noexcept override { return inner_.uses_wire_format(); }

private:
    bus::endpoint& inner_;
};

// A delivery that passes everything on but its commit.
class wrapped_delivery : public bus::delivery {
public:
    explicit wrapped_delivery(bus::delivery& inner) : inner_{inner} {}

    core::awaitable<void> commit(unit unit) override { return inner_.commit(std::move(unit)); }
    [[nodiscard]] const core::origin& from() const noexcept override { return inner_.from(); }
    [[nodiscard]] const std::string& event_id() const noexcept override { return inner_.event_id(); }
    [[nodiscard]] std::int64_t attempt() const noexcept override { return inner_.attempt(); }

protected:
    bus::delivery& inner_;
};

using event_function = std::function<core::awaitable<void>(std::shared_ptr<const void> event, bus::delivery& delivery)>;

}  // namespace conformance
