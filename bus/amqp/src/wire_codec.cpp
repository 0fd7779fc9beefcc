#include "wire_codec.hpp"

#include <charconv>
#include <limits>
#include <span>
#include <stdexcept>
#include <system_error>
#include <type_traits>

#include "library_types.hpp"

namespace bus::amqp {
namespace {

constexpr std::size_t longest_short_text = 255;  // AMQP 0-9-1, section 4.2.5.3
constexpr std::size_t longest_header_name = 128;
// All properties are one frame, whose length RabbitMQ limits to 128 KiB.
constexpr std::size_t longest_headers = std::size_t{96} * 1024;

amqp_field_value_t field_of(const header_value& value) {
    amqp_field_value_t field{};
    if (const auto* text = std::get_if<std::string_view>(&value)) {
        field.kind = AMQP_FIELD_KIND_UTF8;
        field.value.bytes = bytes_of(*text);
    } else {
        field.kind = AMQP_FIELD_KIND_I64;
        field.value.i64 = std::get<std::int64_t>(value);
    }
    return field;
}

std::optional<header_value> value_of(const amqp_field_value_t& field) {
    switch (field.kind) {
        case AMQP_FIELD_KIND_UTF8:
            return text_of(field.value.bytes);
        case AMQP_FIELD_KIND_I8:
            return field.value.i8;
        case AMQP_FIELD_KIND_U8:
            return field.value.u8;
        case AMQP_FIELD_KIND_I16:
            return field.value.i16;
        case AMQP_FIELD_KIND_U16:
            return field.value.u16;
        case AMQP_FIELD_KIND_I32:
            return field.value.i32;
        case AMQP_FIELD_KIND_U32:
            return field.value.u32;
        case AMQP_FIELD_KIND_I64:
            return field.value.i64;
        case AMQP_FIELD_KIND_U64:
            if (field.value.u64 > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
            return static_cast<std::int64_t>(field.value.u64);
        default:
            return std::nullopt;
    }
}

std::size_t length_of(std::span<const amqp_table_entry_t> entries) {
    std::size_t bytes = 0;
    for (const auto& [key, value] : entries)
        bytes += key.len + (value.kind == AMQP_FIELD_KIND_UTF8 ? value.value.bytes.len : 0);
    return bytes;
}

std::optional<std::chrono::milliseconds> expiration_of(std::string_view text) {
    std::uint32_t milliseconds = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return std::chrono::milliseconds{milliseconds};
}

void check_short(std::string_view name, std::string_view text) {
    if (text.size() > longest_short_text)
        throw std::length_error{"the " + std::string{name} + " of a message is longer than the 255 bytes of AMQP"};
}

}  // namespace

const amqp_basic_properties_t& outgoing_properties::of(const wire_message& message,
                                                       std::optional<std::uint64_t> publish_tag) {
    properties_ = {};
    add_text(AMQP_BASIC_CONTENT_TYPE_FLAG, properties_.content_type, message.content_type);
    add_text(AMQP_BASIC_MESSAGE_ID_FLAG, properties_.message_id, message.message_id);
    add_text(AMQP_BASIC_CORRELATION_ID_FLAG, properties_.correlation_id, message.correlation_id);
    add_text(AMQP_BASIC_REPLY_TO_FLAG, properties_.reply_to, message.reply_to);
    if (message.expiration) {
        expiration_ = std::to_string(message.expiration->count());
        add_text(AMQP_BASIC_EXPIRATION_FLAG, properties_.expiration, expiration_);
    }
    if (message.timestamp) {
        properties_.timestamp = static_cast<std::uint64_t>(message.timestamp->time_since_epoch().count());
        properties_._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
    }
    properties_.delivery_mode = message.is_persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    properties_._flags |= AMQP_BASIC_DELIVERY_MODE_FLAG;
    add_headers(message, publish_tag);
    return properties_;
}

void outgoing_properties::add_text(amqp_flags_t flag, amqp_bytes_t& property, std::string_view text) {
    if (text.empty()) return;
    property = bytes_of(text);
    properties_._flags |= flag;
}

void outgoing_properties::add_headers(const wire_message& message, std::optional<std::uint64_t> publish_tag) {
    headers_.clear();
    for (const auto& [name, value] : message.headers.all())
        headers_.push_back({.key = bytes_of(name), .value = field_of(value)});
    if (publish_tag)
        headers_.push_back({.key = bytes_of(publish_tag_header),
                            .value = field_of(header_value{static_cast<std::int64_t>(*publish_tag)})});
    if (headers_.empty()) return;
    properties_.headers = {.num_entries = static_cast<int>(headers_.size()), .entries = headers_.data()};
    properties_._flags |= AMQP_BASIC_HEADERS_FLAG;
}

void check_lengths(const wire_message& message) {
    check_short("exchange", message.exchange);
    check_short("routing key", message.routing_key);
    check_short("content type", message.content_type);
    check_short("message id", message.message_id);
    check_short("correlation id", message.correlation_id);
    check_short("reply address", message.reply_to);
    std::size_t total = 0;
    for (const auto& [name, value] : message.headers.all()) {
        if (name.size() > longest_header_name)
            throw std::length_error{"the name of a header is longer than the 128 bytes of AMQP"};
        const auto* text = std::get_if<std::string_view>(&value);
        total += name.size() + (text == nullptr ? 0 : text->size()) + 16;
    }
    if (total > longest_headers) throw std::length_error{"the headers of a message are longer than 96 KiB"};
}

std::optional<std::uint64_t> read_properties(const amqp_basic_properties_t& properties, wire_message& message) {
    const auto flags = properties._flags;
    const auto read_text = [flags](amqp_flags_t flag, const amqp_bytes_t& property, std::string& text) {
        if ((flags & flag) != 0) text = text_of(property);
    };
    read_text(AMQP_BASIC_CONTENT_TYPE_FLAG, properties.content_type, message.content_type);
    read_text(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id, message.message_id);
    read_text(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id, message.correlation_id);
    read_text(AMQP_BASIC_REPLY_TO_FLAG, properties.reply_to, message.reply_to);
    if ((flags & AMQP_BASIC_EXPIRATION_FLAG) != 0) message.expiration = expiration_of(text_of(properties.expiration));
    // What is beyond the range of the clock's seconds is no time of a message.
    if ((flags & AMQP_BASIC_TIMESTAMP_FLAG) != 0 &&
        properties.timestamp <= std::uint64_t{std::numeric_limits<std::uint32_t>::max()} * 64)
        message.timestamp = std::chrono::sys_seconds{std::chrono::seconds{properties.timestamp}};
    message.is_persistent =
        (flags & AMQP_BASIC_DELIVERY_MODE_FLAG) != 0 && properties.delivery_mode == AMQP_DELIVERY_PERSISTENT;
    std::optional<std::uint64_t> publish_tag;
    if ((flags & AMQP_BASIC_HEADERS_FLAG) == 0) return publish_tag;
    const std::span entries{properties.headers.entries, static_cast<std::size_t>(properties.headers.num_entries)};
    message.headers.reserve(entries.size(), length_of(entries));
    for (const auto& entry : entries) {
        const auto name = text_of(entry.key);
        if (name == publish_tag_header) {
            if (entry.value.kind == AMQP_FIELD_KIND_I64)
                publish_tag = static_cast<std::uint64_t>(entry.value.value.i64);
            continue;
        }
        if (const auto value = value_of(entry.value)) message.headers.add(name, *value);
    }
    return publish_tag;
}

}  // namespace bus::amqp
