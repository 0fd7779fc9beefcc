#include "message_assembler.hpp"

#include <algorithm>

#include "broker_error.hpp"
#include "library_types.hpp"
#include "wire_codec.hpp"

namespace bus::amqp {
namespace {

// What is reserved on the word of a header; longer bodies grow as they come.
constexpr std::uint64_t most_reserved = std::uint64_t{1024} * 1024;

}  // namespace

void message_assembler::begin(const amqp_basic_deliver_t& method) {
    message_ = {};
    is_begun_ = true;
    message_.delivery.tag = method.delivery_tag;
    message_.delivery.is_redelivered = method.redelivered != 0;
    message_.delivery.message.exchange = text_of(method.exchange);
    message_.delivery.message.routing_key = text_of(method.routing_key);
}

void message_assembler::begin(const amqp_basic_return_t& method) {
    message_ = {.is_return = true};
    is_begun_ = true;
    message_.delivery.message.exchange = text_of(method.exchange);
    message_.delivery.message.routing_key = text_of(method.routing_key);
}

bool message_assembler::add_properties(const amqp_frame_t& frame) {
    const auto& header = frame.payload.properties;
    if (!is_begun_ || header.class_id != AMQP_BASIC_CLASS || missing_ != 0)
        throw broker_error{"the broker has sent properties without a message"};
    auto& message = message_.delivery.message;
    message_.publish_tag = read_properties(*static_cast<const amqp_basic_properties_t*>(header.decoded), message);
    missing_ = header.body_size;
    message.body.reserve(std::min(missing_, most_reserved));
    return is_complete();
}

bool message_assembler::add_body(amqp_bytes_t piece) {
    if (!is_begun_ || piece.len > missing_) throw broker_error{"the broker has sent a body without a message"};
    message_.delivery.message.body.append(text_of(piece));
    missing_ -= piece.len;
    return is_complete();
}

}  // namespace bus::amqp
