// What the broker sends, and how the listener learns of it.

#include <utility>

#include "broker_error.hpp"
#include "delivery_tag.hpp"
#include "library_types.hpp"
#include "session.hpp"

namespace bus::amqp {
namespace {

constexpr std::size_t most_deliveries_a_turn = 256;
constexpr std::size_t most_frames_a_turn = 1024;

}  // namespace

bool session::read() {
    for (std::size_t frames = 0; frames < most_frames_a_turn && collected_ < most_deliveries_a_turn; ++frames) {
        const auto frame = connection_.next_frame();
        if (!frame) return false;
        handle(*frame);
        connection_.release(frame->channel);
    }
    return true;
}

void session::handle(const amqp_frame_t& frame) {
    if (frame.frame_type == AMQP_FRAME_METHOD) {
        if (frame.channel == 0)
            handle_connection_method(frame.payload.method);
        else if (frame.channel == spare_channel_)
            counter_.handle(frame.payload.method);
        else
            handle_channel_method(frame.channel, frame.payload.method);
        return;
    }
    if (frame.frame_type != AMQP_FRAME_HEADER && frame.frame_type != AMQP_FRAME_BODY) return;
    auto& assembler = channel_at(frame.channel).assembler;
    const bool is_complete = frame.frame_type == AMQP_FRAME_HEADER ? assembler.add_properties(frame)
                                                                   : assembler.add_body(frame.payload.body_fragment);
    if (is_complete) keep(frame.channel, assembler.message());
}

void session::handle_connection_method(const amqp_method_t& method) {
    switch (method.id) {
        case AMQP_CONNECTION_CLOSE_METHOD:
            connection_.fail_closed(method);
        case AMQP_CONNECTION_BLOCKED_METHOD:
            is_blocked_ = true;
            announce_blocked(
                std::string{text_of(static_cast<const amqp_connection_blocked_t*>(method.decoded)->reason)});
            break;
        case AMQP_CONNECTION_UNBLOCKED_METHOD:
            is_blocked_ = false;
            announce_blocked("");
            break;
        default:
            break;
    }
}

void session::handle_channel_method(channel_number number, const amqp_method_t& method) {
    auto& channel = channel_at(number);
    switch (method.id) {
        case AMQP_BASIC_DELIVER_METHOD:
            channel.assembler.begin(*static_cast<const amqp_basic_deliver_t*>(method.decoded));
            break;
        case AMQP_BASIC_RETURN_METHOD:
            channel.assembler.begin(*static_cast<const amqp_basic_return_t*>(method.decoded));
            break;
        case AMQP_BASIC_ACK_METHOD: {
            const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
            channel.ledger.settle(ack.delivery_tag, ack.multiple != 0, true, channel.confirmations);
            break;
        }
        case AMQP_BASIC_NACK_METHOD: {
            const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
            channel.ledger.settle(nack.delivery_tag, nack.multiple != 0, false, channel.confirmations);
            break;
        }
        case AMQP_BASIC_CANCEL_METHOD:
            throw broker_error{"the broker has ended the consumer of queue `" +
                               (channel.plan->consumer ? channel.plan->consumer->queue : "") +
                               "`: it was deleted, or its node is gone"};
        case AMQP_CHANNEL_CLOSE_METHOD:
            connection_.fail_closed(method);
        default:
            break;
    }
}

void session::keep(channel_number number, message_assembler::assembled& message) {
    auto& channel = channel_at(number);
    if (!message.is_return) {
        if (channel.deliveries.empty()) channel.deliveries.reserve(most_deliveries_a_turn / 4);
        message.delivery.tag = tag_of(generation_, message.delivery.tag);
        channel.deliveries.push_back(std::move(message.delivery));
        ++collected_;
    } else if (channel.plan->has_confirms) {
        if (message.publish_tag) channel.ledger.return_unroutable(*message.publish_tag);
    } else {
        returned_.emplace_back(number, std::move(message.delivery.message));
    }
}

session::channel& session::channel_at(channel_number number) {
    if (number == 0 || number >= channels_.size())
        throw broker_error{"the broker has sent something for channel " + std::to_string(number) +
                           ", which is not open"};
    return channels_[number];
}

void session::announce() {
    for (std::size_t i = 1; i < channels_.size(); ++i) {
        const auto number = static_cast<channel_number>(i);
        if (auto& confirmations = channels_[i].confirmations; !confirmations.empty())
            voice_.post([number, confirmations = std::exchange(confirmations, {})](link_listener& listener) {
                listener.confirmed(number, confirmations);
            });
        if (auto& deliveries = channels_[i].deliveries; !deliveries.empty())
            voice_.post([number, deliveries = std::exchange(deliveries, {})](link_listener& listener) mutable {
                listener.delivered(number, std::move(deliveries));
            });
    }
    for (auto& [channel, content] : std::exchange(returned_, {}))
        voice_.post([number = channel, message = std::move(content)](link_listener& listener) mutable {
            listener.returned(number, std::move(message));
        });
    collected_ = 0;
}

void session::announce_blocked(std::string reason) {
    voice_.post([reason = std::move(reason)](link_listener& listener) { listener.blocked(reason); });
}

}  // namespace bus::amqp
