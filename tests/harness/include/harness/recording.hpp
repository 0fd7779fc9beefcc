#pragma once

#include <bus/endpoint.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace harness {

// What a handler does twice with each event, so that a test shows that the effect happens once.
enum class redelivery {
    never,
    // The process ended after the handler's commit; the event comes again, and its note is there.
    when_done,
    // The process ended in the handler's commit; nothing of it is there, and the event comes again.
    after_a_crash,
};

// What went through a module's door, in order.
struct recording {
    struct request {
        bool by_module = false;  // asked by the module itself, of another one
        std::string name;
        core::origin from;
        std::string outcome = "no answer";
    };
    struct delivery {
        std::string handler;
        std::string event_id;
        std::int64_t attempt = 1;
        std::string outcome = "still running";
    };

    std::vector<request> requests;
    std::vector<delivery> deliveries;
    // Handler and event id of those that wait for something that is away: nothing happens before the clock moves.
    std::set<std::pair<std::string, std::string>> waiting;
};

// "answered", or the error in words.
[[nodiscard]] std::string outcome_of(const core::error* error);

// Answers in place of the modules that the one under test asks. Not a bus: it takes answers only.
class stand_ins final : public bus::endpoint {
public:
    // Nothing when nobody stands in: then the request goes over the bus.
    [[nodiscard]] std::shared_ptr<const bus::request_handler> find(std::string_view name) const;

    // The last answer given for a name counts.
    void add(bus::request_handler handler) override;
    void add(bus::event_handler handler) override;
    [[nodiscard]] std::shared_ptr<bus::signal_inbox> add_listener(bus::signal_subscription wanted) override;
    core::awaitable<core::result<bus::parcel>> send(std::string_view name, bus::parcel request,
                                                    bus::call call) override;
    void send_signal(std::string_view name, std::string_view routing_key, bus::parcel signal) override;
    [[nodiscard]] bool uses_wire_format() const noexcept override { return true; }
    void add_asked(std::string_view) override {}
    void retire(std::string) override {}
    core::awaitable<bool> wait_until_past(std::string, std::string, std::int64_t, core::monotonic_time) override {
        co_return false;
    }

private:
    std::map<std::string, std::shared_ptr<const bus::request_handler>, std::less<>> handlers_;
};

// The door of the module under test: notes what passes, repeats deliveries, and lets stand-ins answer.
class recording_endpoint final : public bus::endpoint {
public:
    recording_endpoint(bus::endpoint& inner, recording& notes, const stand_ins& others, const redelivery& each_event)
        : inner_{inner}, notes_{notes}, others_{others}, each_event_{each_event} {}

    // The modules whose events are handled, and the listeners of signals.
    [[nodiscard]] const std::set<std::string>& sources() const noexcept { return sources_; }
    [[nodiscard]] bool has_unread_signals() const;

    void add(bus::event_handler handler) override;
    void add(bus::request_handler handler) override { inner_.add(std::move(handler)); }
    [[nodiscard]] std::shared_ptr<bus::signal_inbox> add_listener(bus::signal_subscription wanted) override;
    core::awaitable<core::result<bus::parcel>> send(std::string_view name, bus::parcel request,
                                                    bus::call call) override;
    void send_signal(std::string_view name, std::string_view routing_key, bus::parcel signal) override {
        inner_.send_signal(name, routing_key, std::move(signal));
    }
    [[nodiscard]] bool uses_wire_format() const noexcept override { return inner_.uses_wire_format(); }
    void add_asked(std::string_view name) override { inner_.add_asked(name); }
    void retire(std::string handler) override { inner_.retire(std::move(handler)); }
    core::awaitable<bool> wait_until_past(std::string handler, std::string source, std::int64_t sequence,
                                          core::monotonic_time deadline) override {
        return inner_.wait_until_past(std::move(handler), std::move(source), sequence, deadline);
    }

private:
    using handle = std::function<core::awaitable<void>(std::shared_ptr<const void> event, bus::delivery& delivery)>;

    core::awaitable<void> deliver(const std::string& handler, const handle& handle, std::shared_ptr<const void> event,
                                  bus::delivery& delivery);
    core::awaitable<void> repeat_when_done(const std::string& handler, const handle& handle,
                                           std::shared_ptr<const void> event, bus::delivery& delivery);
    core::awaitable<void> repeat_after_a_crash(const std::string& handler, const handle& handle,
                                               std::shared_ptr<const void> event, bus::delivery& delivery);
    core::awaitable<void> run(const std::string& handler, const handle& handle, std::shared_ptr<const void> event,
                              bus::delivery& delivery, std::string words);

    bus::endpoint& inner_;
    recording& notes_;
    const stand_ins& others_;
    const redelivery& each_event_;
    std::set<std::string> sources_;
    std::vector<std::shared_ptr<bus::signal_inbox>> listeners_;
};

}  // namespace harness
