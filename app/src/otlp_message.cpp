#include "otlp_message.hpp"

#include <bit>
#include <charconv>

#include "protocol_buffer.hpp"
#include "valid_text.hpp"

namespace app {
namespace {

// Numbers of fields, from opentelemetry/proto/{collector/trace,trace,common,resource}/v1.
namespace request_field {
constexpr std::uint32_t resource_spans = 1;
}
namespace resource_spans_field {
constexpr std::uint32_t resource = 1, scope_spans = 2;
}
namespace scope_spans_field {
constexpr std::uint32_t scope = 1, spans = 2;
}
namespace scope_field {
constexpr std::uint32_t name = 1, version = 2;
}
namespace span_field {
constexpr std::uint32_t trace_id = 1, span_id = 2, parent_span_id = 4, name = 5, kind = 6, start_time = 7, end_time = 8,
                        attributes = 9, status = 15, flags = 16;
}
namespace status_field {
constexpr std::uint32_t message = 2, code = 3;
constexpr std::uint64_t error_code = 2;
}  // namespace status_field
namespace attribute_field {
constexpr std::uint32_t key = 1, value = 2;
}
namespace value_field {
constexpr std::uint32_t text = 1, truth = 2, integer = 3, real = 4;
}
constexpr std::uint32_t resource_attributes = 1;
constexpr std::uint32_t partial_success = 1;
constexpr std::uint32_t rejected_spans = 1;
constexpr std::uint32_t sampled_flag = 1;

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        unsigned char byte = 0;
        std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::uint64_t nanoseconds(core::fine_timestamp time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

std::string encoded(const core::log_value& value) {
    protocol_buffer out;
    if (const auto* text = std::get_if<std::string>(&value))
        out.add_text(value_field::text, valid_text(*text));
    else if (const auto* truth = std::get_if<bool>(&value))
        out.add_number(value_field::truth, *truth ? 1 : 0);
    else if (const auto* integer = std::get_if<std::int64_t>(&value))
        out.add_number(value_field::integer, static_cast<std::uint64_t>(*integer));
    else
        out.add_fixed64(value_field::real, std::bit_cast<std::uint64_t>(std::get<double>(value)));
    return out.bytes();
}

void add_attribute(protocol_buffer& owner, std::uint32_t field, std::string_view name, const core::log_value& value) {
    protocol_buffer out;
    out.add_text(attribute_field::key, name);
    out.add_text(attribute_field::value, encoded(value));
    owner.add_text(field, out.bytes());
}

std::string encoded(const core::span_record& span) {
    protocol_buffer out;
    out.add_text(span_field::trace_id, from_hex(span.trace_id));
    out.add_text(span_field::span_id, from_hex(span.span_id));
    if (!span.parent_span_id.empty()) out.add_text(span_field::parent_span_id, from_hex(span.parent_span_id));
    out.add_text(span_field::name, valid_text(span.name));
    out.add_number(span_field::kind, static_cast<std::uint64_t>(span.kind));
    out.add_fixed64(span_field::start_time, nanoseconds(span.started_at));
    out.add_fixed64(span_field::end_time, nanoseconds(span.started_at + span.duration));
    add_attribute(out, span_field::attributes, "busbar.module", span.module);
    for (const auto& [name, value] : span.attributes) add_attribute(out, span_field::attributes, name, value);
    if (span.has_failed) {
        protocol_buffer status;
        if (!span.failure.empty()) status.add_text(status_field::message, valid_text(span.failure));
        status.add_number(status_field::code, status_field::error_code);
        out.add_text(span_field::status, status.bytes());
    }
    out.add_fixed32(span_field::flags, sampled_flag);
    return out.bytes();
}

std::string encoded(const otlp_resource& resource) {
    protocol_buffer out;
    add_attribute(out, resource_attributes, "service.name", resource.service);
    add_attribute(out, resource_attributes, "service.version", resource.version);
    add_attribute(out, resource_attributes, "service.instance.id", resource.instance);
    return out.bytes();
}

}  // namespace

std::string otlp_request(const otlp_resource& resource, std::span<const core::span_record> spans) {
    protocol_buffer scope;
    scope.add_text(scope_field::name, resource.service);
    scope.add_text(scope_field::version, resource.version);
    protocol_buffer of_scope;
    of_scope.add_text(scope_spans_field::scope, scope.bytes());
    for (const auto& span : spans) of_scope.add_text(scope_spans_field::spans, encoded(span));
    protocol_buffer of_resource;
    of_resource.add_text(resource_spans_field::resource, encoded(resource));
    of_resource.add_text(resource_spans_field::scope_spans, of_scope.bytes());
    protocol_buffer request;
    request.add_text(request_field::resource_spans, of_resource.bytes());
    return request.bytes();
}

std::optional<std::int64_t> refused_spans(std::string_view response) {
    std::int64_t refused = 0;
    protocol_buffer_reader fields{response};
    while (const auto field = fields.next()) {
        if (field->number != partial_success) continue;
        protocol_buffer_reader parts{field->text};
        while (const auto part = parts.next())
            if (part->number == rejected_spans) refused = static_cast<std::int64_t>(part->value);
        if (parts.is_broken()) return std::nullopt;
    }
    if (fields.is_broken()) return std::nullopt;
    return refused;
}

}  // namespace app
