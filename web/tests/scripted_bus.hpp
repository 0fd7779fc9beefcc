#pragma once

#include <bus/endpoint.hpp>
#include <map>
#include <memory>
#include <string>

namespace web::testing {

// The bus as the edge sees it, without modules: a test says what is answered. In wire mode.
class scripted_bus final : public bus::endpoint {
public:
    void add(bus::event_handler) override {}
    void add(bus::request_handler handler) override { handlers_[handler.name] = std::move(handler); }
    std::shared_ptr<bus::signal_inbox> add_listener(bus::signal_subscription) override { return nullptr; }
    core::awaitable<core::result<bus::parcel>> send(std::string_view name, bus::parcel request,
                                                    bus::call call) override {
        const auto found = handlers_.find(std::string{name});
        if (found == handlers_.end())
            co_return core::fail(core::error_kind::no_handler, "Nothing runs that answers this.");
        co_return co_await found->second.handle(std::move(request), std::move(call));
    }
    void send_signal(std::string_view, std::string_view, bus::parcel) override {}
    bool uses_wire_format() const noexcept override { return true; }
    void add_asked(std::string_view) override {}
    void retire(std::string) override {}
    core::awaitable<bool> wait_until_past(std::string, std::string, std::int64_t, core::monotonic_time) override {
        co_return true;
    }

private:
    std::map<std::string, bus::request_handler> handlers_;
};

}  // namespace web::testing
