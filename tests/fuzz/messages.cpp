#include <array>
#include <bus/json.hpp>
#include <bus/operations.hpp>
#include <core/clock.hpp>
#include <core/uuid.hpp>
#include <registration/messages.hpp>
#include <storage/replica_log.hpp>

#include "body.hpp"
#include "event_message.hpp"
#include "fuzz.hpp"
#include "text.hpp"

// Messages from outside: a JSON body at the edge, an event from the broker. The first byte says which.
namespace {

using fuzz::claim;

template <class Message>
void check_message(std::string_view text) {
    const auto read = bus::decode<Message>(text, bus::reading::input);
    const auto lenient = bus::decode<Message>(text, bus::reading::newer_version);
    const auto old = bus::decode<Message>(text, bus::reading::older_version);
    if (!read) return claim(!read.error().empty(), "what is refused is refused for a reason");
    claim(lenient && old, "what a person may send a program may send");
    const auto encoded = bus::encode(*read);
    claim(encoded == bus::encode(*lenient) && encoded == bus::encode(*old), "and it is read the same");
    const auto again = bus::decode<Message>(encoded, bus::reading::input);
    claim(again && bus::encode(*again) == encoded, "a message is the same after a trip");
}

void check_edge(std::string_view text) {
    web::request request;
    request.fields = {{"Content-Type", "application/json"}};
    request.body = text;
    const auto at_edge = web::read_message<registration::register_user>(request);
    if (!at_edge) {
        const auto status = at_edge.error().status;
        return claim(status == 400 || status == 422, "a broken body is the client's fault");
    }
    claim(bus::decode<registration::register_user>(text, bus::reading::input).has_value(), "the edge takes messages");
}

bus::amqp::wire_message read_wire(std::string_view bytes) {
    fuzz::choices lines{bytes};
    bus::amqp::wire_message message;
    message.routing_key = lines.line();
    message.content_type = lines.line();
    message.message_id = lines.line();
    while (!lines.is_empty()) {
        const auto line = lines.line();
        if (line.empty()) break;
        const auto split = line.find('=');
        if (split == line.npos || message.headers.size() == 32) continue;
        const auto value = line.substr(split + 1);
        if (value.size() > 1 && value.front() == '#')
            message.headers.add(line.substr(0, split), std::int64_t{value[1]} - '0');
        else
            message.headers.add(line.substr(0, split), value);
    }
    message.body = lines.rest();
    return message;
}

void check_event(std::string_view bytes) {
    const core::timestamp now{std::chrono::milliseconds{1'750'000'000'000}};
    core::manual_clock clock{now};
    core::uuid_generator ids{clock};
    const auto got = bus::amqp::event_of(read_wire(bytes), ids, now);
    const auto& read = *got.record;
    claim(!read.id.empty(), "every event has an id");
    for (const auto& text : {read.id, read.type, read.key})
        claim(web::is_valid_utf8(text), "operators can be shown what an event is");
    claim(got.log == storage::outside || (read.epoch > 0 && read.sequence > 0 && got.first_of_epoch > 0),
          "an event of a log has a place in it");
    // It goes on as one of our own.
    auto own = read;
    own.epoch = own.sequence = 1;
    const auto sent = bus::amqp::message_of("exchange", "orders", 1, own);
    const auto again = bus::amqp::event_of(sent, ids, now).record;
    claim(again->id == own.id && again->key == own.key && again->type == own.type, "it is the same event");
    claim(again->time == own.time && again->version == own.version, "of the same time and version");
    claim(again->traceparent == own.traceparent && again->cause == own.cause, "with the same origin");
    claim(again->data == own.data, "and the same data");
}

constexpr std::array checks{check_message<registration::register_user>,
                            check_message<registration::update_user>,
                            check_message<registration::session_begun>,
                            check_message<registration::sessions_of_user>,
                            check_message<bus::search_events>,
                            check_message<bus::event_view>,
                            check_edge,
                            check_event};

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto check = checks[choose.below(checks.size())];
    check(choose.rest());
}
