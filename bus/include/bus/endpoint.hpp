#pragma once

#include <atomic>
#include <bus/call.hpp>
#include <bus/delivery.hpp>
#include <bus/json.hpp>
#include <bus/message.hpp>
#include <bus/publish.hpp>
#include <core/channel.hpp>
#include <core/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <storage/event_record.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bus {

// A message as it travels between modules: the object itself, or in wire mode its JSON.
struct parcel {
    std::shared_ptr<const void> object{};
    const void* type = nullptr;                           // &type_tag<T>
    std::string data{};                                   // JSON; only when there is no object
    std::string (*encode_object)(const void*) = nullptr;  // for a way that no object can go

    // Throws what encode() throws.
    [[nodiscard]] std::string json() const { return object ? encode_object(object.get()) : data; }
};

template <described T>
[[nodiscard]] parcel parcel_of(std::shared_ptr<const T> object) {
    return {
        std::move(object), &type_tag<T>, {}, [](const void* value) { return encode(*static_cast<const T*>(value)); }};
}

// How to read one type of event for a handler.
struct event_subscription {
    std::string type;
    // Turns JSON of that version into the object; throws bus::rejected when it cannot be read. Any thread.
    std::function<std::shared_ptr<const void>(std::int64_t version, const std::string& data)> decode;
    const void* tag = nullptr;
    std::function<core::awaitable<void>(std::shared_ptr<const void> event, delivery& delivery)> handle;
};

enum class start_from {
    beginning,  // a new handler gets what the log still holds
    now,        // a new handler gets what comes from its first start on
};

// A handler of events: a stable name, and what it does for each type it takes.
struct event_handler {
    std::string name;
    std::size_t concurrency = 32;  // events of different keys at a time
    start_from from = start_from::beginning;
    std::vector<event_subscription> subscriptions{};
    bool takes_requests = false;  // those that came without a way back; nothing of any module's log
};

// Signals of one type, for one listener.
struct signal_subscription {
    std::string name;
    std::size_t capacity = 1;
    // Which routing keys bring them between processes; `adopt` makes our JSON of what a foreign program sent by such a
    // key, or throws bus::rejected.
    std::string topic{};
    std::function<std::string(std::string_view routing_key, const std::string& data)> adopt{};
};

// What has come for one listener. Shared with the bus, which fills it from any thread.
struct signal_inbox {
    signal_inbox(core::executor loop, std::size_t capacity) : waiting{loop, capacity} {}

    core::channel<parcel> waiting;
    std::atomic<std::uint64_t> missed{0};
};

struct request_handler {
    std::string name;                // of the request
    std::size_t concurrency = 1024;  // one more is refused as overloaded
    std::function<core::awaitable<core::result<parcel>>(parcel request, call call)> handle;
};

// Events outlive the code that wrote them. What an older version left out keeps the value that the struct gives it,
// and what a newer one has added is passed over. For a change beyond that a struct has a function that brings old data
// to the present form:
//
//     static nlohmann::json upcast(std::int64_t version, nlohmann::json data);
template <event_message E>
[[nodiscard]] std::shared_ptr<const void> decode_event(std::int64_t version, const std::string& data) {
    if (version < 1) throw rejected{std::string{E::message.name} + " did not come as JSON"};
    auto json = detail::parse(data);
    constexpr auto known = E::message.version;
    if constexpr (requires { E::upcast(version, json); })
        if (!json.is_discarded() && version < known) json = E::upcast(version, std::move(json));
    auto event = json.is_discarded()
                     ? std::unexpected{std::vector{core::field_error{"", "is not JSON"}}}
                     : from_json<E>(json, version < known ? reading::older_version : reading::newer_version);
    if (event) return std::make_shared<const E>(std::move(*event));
    auto text = std::string{E::message.name} + " of version " + std::to_string(version) +
                " cannot be read as version " + std::to_string(known) + ":";
    for (const auto& problem : event.error()) text += " " + problem.field + " " + problem.detail + ";";
    throw rejected{text};
}

// A module's door to the bus, and the edge's. Loop thread but for emit(). Handlers are added before bus::start().
class endpoint {
public:
    virtual ~endpoint() = default;

    // Names a handler of events. The name is stored with what it has done: it must never change.
    class handler_builder {
    public:
        handler_builder(endpoint& owner, event_handler handler) : owner_{owner}, handler_{std::move(handler)} {}
        handler_builder(const handler_builder&) = delete;
        handler_builder& operator=(const handler_builder&) = delete;
        ~handler_builder() { owner_.add(std::move(handler_)); }

        // `handle`: core::awaitable<void>(const E&, bus::delivery&). Several types under one name keep their order
        // among each other.
        template <event_message E, class Handle>
        handler_builder& event(Handle handle) {
            handler_.subscriptions.push_back(
                {std::string{E::message.name}, &decode_event<E>, &type_tag<E>,
                 [handle = std::move(handle)](std::shared_ptr<const void> event, delivery& delivery) {
                     return call_handler<E, Handle>(handle, std::move(event), delivery);
                 }});
            return *this;
        }

    private:
        // The parameters live in this frame as long as the handler runs.
        template <event_message E, class Handle>
        static core::awaitable<void> call_handler(const Handle& handle, std::shared_ptr<const void> event,
                                                  delivery& delivery) {
            co_await handle(*static_cast<const E*>(event.get()), delivery);
        }

        endpoint& owner_;
        event_handler handler_;
    };
    [[nodiscard]] handler_builder on(std::string name, std::size_t concurrency = 32,
                                     start_from from = start_from::beginning) {
        return {*this, {std::move(name), concurrency, from}};
    }

    // `handle`: core::awaitable<core::result<answer_of<R>>>(R, bus::call).
    template <request_message R, class Handle>
    void answer(Handle handle, std::size_t concurrency = 1024) {
        answer_named<R>(std::string{R::message.name}, std::move(handle), concurrency);
    }

    // For request_of(): the name is that of the module, a dot, and the message's.
    template <request_message R, class Handle>
    void answer_named(std::string name, Handle handle, std::size_t concurrency = 1024) {
        add(request_handler{std::move(name), concurrency, [handle = std::move(handle)](parcel request, call call) {
                                return answer_parcel<R, Handle>(handle, std::move(request), std::move(call));
                            }});
    }

    // Exactly one handler answers, or an error says why not. Errors of the bus itself: no_handler, overloaded,
    // timed_out, remote.
    template <request_message R>
    core::awaitable<core::result<answer_of<R>>> request(R message, call call) {
        return request_named(R::message.name, std::move(message), std::move(call));
    }

    // For requests that each module answers under its own name, as those of operations.hpp.
    template <request_message R>
    core::awaitable<core::result<answer_of<R>>> request_of(std::string module, R message, call call) {
        const auto name = module + "." + std::string{R::message.name};
        co_return co_await request_named(name, std::move(message), std::move(call));
    }

    // Any thread. Never waits and never fails; who is too slow misses the oldest.
    template <signal_message S>
    void emit(S signal) {
        std::string routing_key{S::message.name};
        if constexpr (requires { signal.routing_key(); }) routing_key = signal.routing_key();
        auto out = parcel_of<S>(std::make_shared<const S>(std::move(signal)));
        if (uses_wire_format()) out = {nullptr, nullptr, out.json()};
        send_signal(S::message.name, routing_key, std::move(out));
    }

    // Signals of one type for one listener, at most `capacity` waiting.
    template <signal_message S>
    class listener {
    public:
        explicit listener(std::shared_ptr<signal_inbox> inbox) : inbox_{std::move(inbox)} {}
        // False when the bus has stopped and everything was taken.
        core::awaitable<bool> wait() { return inbox_->waiting.wait(); }
        // Up to `most` that have arrived, oldest first; what cannot be read is left out.
        [[nodiscard]] std::vector<S> take(std::size_t most) {
            std::vector<parcel> parcels;
            inbox_->waiting.take(parcels, most);
            std::vector<S> signals;
            for (const auto& one : parcels)
                if (auto opened = open<S>(one)) signals.push_back(std::move(*opened));
            return signals;
        }
        // The same without a copy: other listeners may have them too.
        [[nodiscard]] std::vector<std::shared_ptr<const S>> take_shared(std::size_t most) {
            std::vector<parcel> parcels;
            inbox_->waiting.take(parcels, most);
            std::vector<std::shared_ptr<const S>> signals;
            signals.reserve(parcels.size());
            for (auto& one : parcels) {
                if (one.object && one.type == &type_tag<S>)
                    signals.push_back(std::static_pointer_cast<const S>(std::move(one.object)));
                else if (auto opened = open<S>(one))
                    signals.push_back(std::make_shared<const S>(std::move(*opened)));
            }
            return signals;
        }

        // How many came too fast for it since the start, or could not be read.
        [[nodiscard]] std::uint64_t missed() const noexcept { return inbox_->missed.load(); }

    private:
        std::shared_ptr<signal_inbox> inbox_;
    };
    template <signal_message S>
    [[nodiscard]] listener<S> listen(std::size_t capacity) {
        signal_subscription wanted{std::string{S::message.name}, capacity, std::string{S::message.name}};
        if constexpr (requires { S::topic; }) {
            wanted.topic = S::topic;
            wanted.adopt = [](std::string_view routing_key, const std::string& data) {
                return encode(S::from_outside(routing_key, detail::parse(data)));
            };
        }
        return listener<S>{add_listener(std::move(wanted))};
    }

    // Says that this module asks others R, so that a request which nobody answers is named at the start.
    template <request_message R>
    void asks() {
        add_asked(R::message.name);
    }

    // Returns when the handler of this name is past the event `sequence` in the log of `source`: it is done, parked or
    // dead, and so is all before it. At once when it is already, which costs a comparison, or when no such event can
    // have happened. False when that did not come about until `deadline`, when there is no such handler, or when the
    // bus is stopped. Once past an event it stays so in this process: a replay makes nobody wait. For modules that show
    // what their handler has made of events, and whose askers know how far the log was.
    virtual core::awaitable<bool> wait_until_past(std::string handler, std::string source, std::int64_t sequence,
                                                  core::monotonic_time deadline) = 0;

    // A handler of an earlier version that is gone on purpose: what it had not done yet is given up. Without this a
    // start with undone events of an unknown handler is refused.
    virtual void retire(std::string handler) = 0;

    // The untyped side, which a bus implements.
    virtual void add_asked(std::string_view name) = 0;
    virtual void add(event_handler handler) = 0;
    virtual void add(request_handler handler) = 0;
    [[nodiscard]] virtual std::shared_ptr<signal_inbox> add_listener(signal_subscription wanted) = 0;
    virtual core::awaitable<core::result<parcel>> send(std::string_view name, parcel request, call call) = 0;
    virtual void send_signal(std::string_view name, std::string_view routing_key, parcel signal) = 0;
    [[nodiscard]] virtual bool uses_wire_format() const noexcept = 0;

private:
    // `name` outlives the call.
    template <request_message R>
    core::awaitable<core::result<answer_of<R>>> request_named(std::string_view name, R message, call call) {
        parcel out{};
        if (uses_wire_format())
            out.data = encode(message);
        else
            out = parcel_of<R>(std::make_shared<const R>(std::move(message)));
        call.is_idempotent = R::message.is_idempotent;
        auto answer = co_await send(name, std::move(out), std::move(call));
        if (!answer) co_return std::unexpected{std::move(answer.error())};
        co_return open<answer_of<R>>(*answer);
    }

    template <class T>
    static core::result<T> open(const parcel& parcel) {
        if (parcel.object && parcel.type == &type_tag<T>) return *static_cast<const T*>(parcel.object.get());
        auto read = decode<T>(parcel.data, reading::newer_version);
        if (!read) return core::invalid(std::move(read.error()));
        return std::move(*read);
    }

    template <request_message R, class Handle>
    static core::awaitable<core::result<parcel>> answer_parcel(const Handle& handle, parcel request, call call) {
        const bool is_object = request.object != nullptr;
        auto message = open<R>(request);
        if (!message) co_return std::unexpected{std::move(message.error())};
        auto answer = co_await handle(std::move(*message), std::move(call));
        if (!answer) co_return std::unexpected{std::move(answer.error())};
        using type = answer_of<R>;
        if (is_object) co_return parcel_of<type>(std::make_shared<const type>(std::move(*answer)));
        co_return parcel{nullptr, nullptr, encode(*answer)};
    }
};

}  // namespace bus
