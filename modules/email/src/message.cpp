#include "message.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>

#include "gmime.hpp"

namespace email {
namespace {

struct free_options {
    void operator()(GMimeFormatOptions* options) const { ::g_mime_format_options_free(options); }
};
using format_options = std::unique_ptr<GMimeFormatOptions, free_options>;

constexpr std::size_t longest_encoded_word = 45;  // bytes that, in base64, leave a word of 75 characters at most
// Longest line without its end (RFC 5322, section 2.1.1). Longer ones are encoded.
constexpr std::size_t longest_line = 998;

format_options message_format() {
    format_options options{::g_mime_format_options_new()};
    ::g_mime_format_options_set_newline_format(options.get(), GMIME_NEWLINE_FORMAT_DOS);
    return options;
}

void require_header_text(std::string_view value) {
    if (!is_header_text(value)) throw std::invalid_argument{"a header value of a mail contains a control character"};
}

// Text that looks like an encoded word (RFC 2047) is encoded as a whole: a reader would decode it and show what nobody
// wrote. GMime encodes only what is not ASCII.
std::string as_header_text(const std::string& text) {
    if (!text.contains("=?")) return text;
    std::string words;
    for (std::string_view rest = text; !rest.empty();) {
        auto size = std::min(longest_encoded_word, rest.size());
        while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xc0U) == 0x80U) --size;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char to guchar
        const text_pointer base64{::g_base64_encode(reinterpret_cast<const guchar*>(rest.data()), size)};
        words += (words.empty() ? "=?utf-8?b?" : " =?utf-8?b?") + std::string{base64.get()} + "?=";
        rest.remove_prefix(size);
    }
    return words;
}

// Every kind of line end becomes one LF, which GMime writes as CRLF.
std::string with_unix_lines(std::string_view text) {
    std::string lines;
    lines.reserve(text.size() + 1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r') {
            lines += '\n';
            if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
        } else {
            lines += text[i];
        }
    }
    if (!lines.ends_with('\n')) lines += '\n';
    return lines;
}

// 7bit when nothing needs to be encoded, else quoted-printable: readable in the raw message either way.
GMimeContentEncoding encoding_for(std::string_view lines) {
    std::size_t length = 0;
    for (const char c : lines) {
        length = c == '\n' ? 0 : length + 1;
        const bool plain = (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
        if (!plain || length > longest_line) return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    }
    return GMIME_CONTENT_ENCODING_7BIT;
}

owned<GMimePart> make_part(const char* subtype, std::string_view body) {
    const auto lines = with_unix_lines(body);
    owned<GMimePart> part{::g_mime_part_new_with_type("text", subtype)};
    ::g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
    const owned<GMimeStream> stream{::g_mime_stream_mem_new_with_buffer(lines.data(), lines.size())};
    const owned<GMimeDataWrapper> wrapper{
        ::g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT)};
    ::g_mime_part_set_content(part.get(), wrapper.get());
    ::g_mime_part_set_content_encoding(part.get(), encoding_for(lines));
    return part;
}

owned<GMimeMultipart> make_multipart(const char* subtype, const std::string& boundary) {
    owned<GMimeMultipart> multipart{::g_mime_multipart_new_with_subtype(subtype)};
    ::g_mime_multipart_set_boundary(multipart.get(), boundary.c_str());
    return multipart;
}

owned<GMimeObject> upcast(owned<GMimePart> part) { return owned<GMimeObject>{GMIME_OBJECT(part.release())}; }

// What people read. Boundaries are made from the id, so that the same mail has the same bytes; nobody knows it before
// the body is written.
owned<GMimeObject> make_text(const message_content& content) {
    if (!content.html) return upcast(make_part("plain", content.text.value_or("")));
    if (!content.text) return upcast(make_part("html", *content.html));
    auto alternatives = make_multipart("alternative", "=_" + content.id);
    // The last is the one that a reader should prefer (RFC 2046, section 5.1.4).
    const auto text = make_part("plain", *content.text);
    const auto html = make_part("html", *content.html);
    ::g_mime_multipart_add(alternatives.get(), GMIME_OBJECT(text.get()));
    ::g_mime_multipart_add(alternatives.get(), GMIME_OBJECT(html.get()));
    return owned<GMimeObject>{GMIME_OBJECT(alternatives.release())};
}

owned<GMimePart> make_attachment(const attached_file& file) {
    require_header_text(file.name);
    require_header_text(file.type);
    const auto slash = file.type.find('/');
    owned<GMimePart> part{
        ::g_mime_part_new_with_type(file.type.substr(0, slash).c_str(), file.type.substr(slash + 1).c_str())};
    const owned<GMimeStream> stream{::g_mime_stream_mem_new_with_buffer(file.content.data(), file.content.size())};
    const owned<GMimeDataWrapper> wrapper{
        ::g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT)};
    ::g_mime_part_set_content(part.get(), wrapper.get());
    ::g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_BASE64);
    ::g_mime_object_set_disposition(GMIME_OBJECT(part.get()), GMIME_DISPOSITION_ATTACHMENT);
    ::g_mime_part_set_filename(part.get(), file.name.c_str());
    return part;
}

void set_body(GMimeMessage& message, const message_content& content) {
    const auto text = make_text(content);
    if (content.attachments.empty()) {
        ::g_mime_message_set_mime_part(&message, text.get());
        return;
    }
    const auto mixed = make_multipart("mixed", "=_mixed_" + content.id);
    ::g_mime_multipart_add(mixed.get(), text.get());
    for (const auto& file : content.attachments)
        ::g_mime_multipart_add(mixed.get(), GMIME_OBJECT(make_attachment(file).get()));
    ::g_mime_message_set_mime_part(&message, GMIME_OBJECT(mixed.get()));
}

void add_mailbox(GMimeMessage& message, GMimeAddressType type, const party& who) {
    require_header_text(who.name);
    require_header_text(who.address);
    ::g_mime_message_add_mailbox(&message, type, who.name.empty() ? nullptr : as_header_text(who.name).c_str(),
                                 who.address.c_str());
}

void add_list_headers(GMimeMessage& message, const message_content& content) {
    const auto& address = content.list_unsubscribe;
    if (address.empty()) return;
    require_header_text(address);
    auto* const headers = ::g_mime_object_get_header_list(GMIME_OBJECT(&message));
    ::g_mime_header_list_append(headers, "List-Unsubscribe", "", nullptr);
    // As it is: GMime would make encoded words of a long one, which nobody decodes in a field that is not text.
    ::g_mime_header_set_raw_value(::g_mime_header_list_get_header(headers, "List-Unsubscribe"),
                                  (" <" + address + ">\n").c_str());
    if (address.starts_with("https:"))  // RFC 8058, section 3.1
        ::g_mime_object_set_header(GMIME_OBJECT(&message), "List-Unsubscribe-Post", "List-Unsubscribe=One-Click",
                                   nullptr);
}

std::string to_text(GMimeMessage& message) {
    const owned<GMimeStream> stream{::g_mime_stream_mem_new()};
    const auto format = message_format();
    ::g_mime_object_write_to_stream(GMIME_OBJECT(&message), format.get(), stream.get());
    const GByteArray* bytes = ::g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): guint8 to char
    return std::string{reinterpret_cast<const char*>(bytes->data), bytes->len};
}

}  // namespace

std::string message_id_of(std::string_view id, std::string_view from_address) {
    return std::string{id} + std::string{from_address.substr(from_address.rfind('@'))};
}

bool is_header_text(std::string_view value) {
    return is_body_text(value) &&
           std::ranges::none_of(value, [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; });
}

bool is_body_text(std::string_view value) {
    return ::g_utf8_validate(value.data(), static_cast<gssize>(value.size()), nullptr) != FALSE;
}

std::string compose(const message_content& content) {
    start_gmime();
    require_header_text(content.subject);
    require_header_text(content.message_id);

    const owned<GMimeMessage> message{::g_mime_message_new(TRUE)};
    ::g_mime_message_set_message_id(message.get(), content.message_id.c_str());
    GDateTime* date = ::g_date_time_new_from_unix_utc(
        std::chrono::duration_cast<std::chrono::seconds>(content.date.time_since_epoch()).count());
    ::g_mime_message_set_date(message.get(), date);
    ::g_date_time_unref(date);
    add_mailbox(*message, GMIME_ADDRESS_TYPE_FROM, content.from);
    for (const auto& who : content.to) add_mailbox(*message, GMIME_ADDRESS_TYPE_TO, who);
    for (const auto& who : content.cc) add_mailbox(*message, GMIME_ADDRESS_TYPE_CC, who);
    if (!content.reply_to.empty()) add_mailbox(*message, GMIME_ADDRESS_TYPE_REPLY_TO, {{}, content.reply_to});
    ::g_mime_message_set_subject(message.get(), as_header_text(content.subject).c_str(), "utf-8");
    // RFC 3834: no answer of an absent reader is wanted.
    ::g_mime_object_set_header(GMIME_OBJECT(message.get()), "Auto-Submitted", "auto-generated", nullptr);
    add_list_headers(*message, content);
    set_body(*message, content);
    return to_text(*message);
}

}  // namespace email
