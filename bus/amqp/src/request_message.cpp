#include "request_message.hpp"

#include <algorithm>
#include <array>
#include <bus/json.hpp>
#include <utility>

#include "event_message.hpp"

namespace bus::amqp {
namespace {

constexpr auto direct_reply = "amq.rabbitmq.reply-to";
constexpr auto status_header = "busbar-status";
constexpr auto idempotent_header = "busbar-idempotent";
constexpr auto idempotency_key_header = "busbar-idempotency-key";
// Of what another program may say: more could not be added to a time.
constexpr std::chrono::milliseconds longest_wait = std::chrono::days{365};

struct wire_field_error {
    std::string field;
    std::string detail;
};
BOOST_DESCRIBE_STRUCT(wire_field_error, (), (field, detail))

struct wire_error {
    std::string detail;
    std::vector<wire_field_error> fields{};
    std::string code;
    std::optional<std::int64_t> retry_after{};  // seconds
};
BOOST_DESCRIBE_STRUCT(wire_error, (), (detail, fields, code, retry_after))

core::error error_of(core::error_kind kind, std::string_view body) {
    auto wire = decode<wire_error>(body, reading::newer_version);
    if (!wire) return {kind, "The request could not be done."};
    core::error error{kind, std::move(wire->detail), {}, std::move(wire->code)};
    for (auto& one : wire->fields) error.fields.push_back({std::move(one.field), std::move(one.detail)});
    if (wire->retry_after) error.retry_after = std::chrono::seconds{*wire->retry_after};
    return error;
}

}  // namespace

wire_message request_message(const std::string& exchange, const std::string& name, std::string data,
                             std::chrono::milliseconds left, const call& call) {
    wire_message message;
    message.exchange = exchange;
    message.routing_key = name;
    message.body = std::move(data);
    message.content_type = json_content;
    message.reply_to = direct_reply;
    message.expiration = left;
    message.is_mandatory = true;
    if (!call.from.trace.trace_id.empty()) message.headers.add("traceparent", call.from.trace.traceparent());
    if (!call.from.cause.empty()) message.headers.add("busbar-cause", call.from.cause);
    if (call.is_idempotent) message.headers.add(idempotent_header, std::int64_t{1});
    if (!call.idempotency_key.empty()) message.headers.add(idempotency_key_header, call.idempotency_key);
    return message;
}

call call_of(const wire_message& message, core::monotonic_time now) {
    call call;
    call.from = {core::trace_context::parse(message.text_header("traceparent")).value_or(core::trace_context{}),
                 std::string{message.text_header("busbar-cause")}};
    if (message.expiration) call.deadline = now + std::min(*message.expiration, longest_wait);
    call.is_idempotent = message.number_header(idempotent_header).value_or(0) != 0;
    call.idempotency_key = message.text_header(idempotency_key_header);
    if (call.idempotency_key.empty() && !message.message_id.empty())
        call.idempotency_key = idempotency_key_of(message.routing_key, message.message_id);
    return call;
}

wire_message reply_message(const wire_message& request, const core::result<std::string>& answer) {
    wire_message reply;
    reply.routing_key = request.reply_to;
    reply.correlation_id = request.correlation_id;
    reply.content_type = json_content;
    if (answer) {
        reply.body = *answer;
        reply.headers.add(status_header, "ok");
        return reply;
    }
    const auto& error = answer.error();
    wire_error wire{error.detail, {}, error.code};
    for (const auto& [field, detail] : error.fields) wire.fields.push_back({field, detail});
    if (error.retry_after) wire.retry_after = error.retry_after->count();
    reply.body = encode(wire);
    reply.headers.add(status_header, core::to_string(error.kind));
    return reply;
}

core::result<std::string> answer_of(wire_message reply) {
    const auto status = reply.text_header(status_header);
    // Another program may answer too; then there is no status, and the body is the answer.
    if (status.empty() || status == "ok") return std::move(reply.body);
    return std::unexpected{error_of(core::parse_error_kind(status).value_or(core::error_kind::remote), reply.body)};
}

}  // namespace bus::amqp
