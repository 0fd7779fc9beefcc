#include "trap_message.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "gmime.hpp"
#include "html_sanitiser.hpp"
#include "templates.hpp"

namespace email {
namespace {

constexpr std::size_t longest_text = 1024UL * 1024UL;  // bytes
constexpr std::size_t longest_line = 1000;
constexpr std::size_t longest_name = 255;
constexpr std::size_t most_files = 100;

// RFC 5321, section 4.4.
std::string trace(const trapped_mail& mail, const std::string& id, core::timestamp now) {
    GDateTime* date = ::g_date_time_new_from_unix_utc(
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    const text_pointer text{::g_date_time_format(date, "%a, %d %b %Y %H:%M:%S +0000")};
    ::g_date_time_unref(date);
    return "Received: from " + mail.helo + "\r\n\tby busbar (trap) with ESMTP id " + id + ";\r\n\t" + text.get() +
           "\r\n";
}

std::string shown(const char* text, std::size_t most) {
    if (text == nullptr) return {};
    const std::string cut = std::string{text}.substr(0, most);
    const text_pointer valid{::g_utf8_make_valid(cut.data(), static_cast<gssize>(cut.size()))};
    return valid.get();
}

std::string shown_line(const char* text, std::size_t most) { return one_line(shown(text, most)); }

// The first of them that is an address.
std::optional<party> first_of(InternetAddressList* list) {
    for (int i = 0; list != nullptr && i < ::internet_address_list_length(list); ++i) {
        auto* const one = ::internet_address_list_get_address(list, i);
        if (!INTERNET_ADDRESS_IS_MAILBOX(one)) continue;
        const char* text = ::internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
        auto address = core::parse_email_address(text == nullptr ? "" : text, core::domain_form::any);
        if (address)
            return party{shown_line(::internet_address_get_name(one), longest_line), std::move(address->canonical)};
    }
    return std::nullopt;
}

std::string content_of(GMimePart* part) {
    auto* const content = ::g_mime_part_get_content(part);
    if (content == nullptr) return {};
    const owned<GMimeStream> stream{::g_mime_stream_mem_new()};
    ::g_mime_data_wrapper_write_to_stream(content, stream.get());
    const GByteArray* bytes = ::g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): guint8 to char
    return std::string{reinterpret_cast<const char*>(bytes->data), bytes->len};
}

attached_file file_of(GMimePart* part) {
    const text_pointer type{::g_mime_content_type_get_mime_type(::g_mime_object_get_content_type(GMIME_OBJECT(part)))};
    attached_file file{.name = shown_line(::g_mime_part_get_filename(part), longest_name),
                       .type = shown_line(type.get(), longest_name),
                       .content = content_of(part)};
    std::ranges::replace_if(file.name, [](char c) { return c == '/' || c == '\\'; }, '_');
    if (file.name.empty()) file.name = "unnamed";
    return file;
}

void read_part(GMimePart* part, message_content& content) {
    const auto* const type = ::g_mime_object_get_content_type(GMIME_OBJECT(part));
    const auto is_text = [&](const char* subtype, const std::optional<std::string>& known) {
        return !known && GMIME_IS_TEXT_PART(part) && ::g_mime_part_is_attachment(part) == FALSE &&
               ::g_mime_content_type_is_type(const_cast<GMimeContentType*>(type), "text", subtype) != FALSE;
    };
    const auto text = [part] {
        const text_pointer decoded{::g_mime_text_part_get_text(GMIME_TEXT_PART(part))};
        return shown(decoded.get(), longest_text);
    };
    if (is_text("plain", content.text)) {
        content.text = text();
    } else if (is_text("html", content.html)) {
        content.html = sanitise_html(text()).value_or("");
    } else if (content.attachments.size() < most_files) {
        content.attachments.push_back(file_of(part));
    }
}

void read_parts(GMimeMessage* message, message_content& content) {
    GMimePartIter* const parts = ::g_mime_part_iter_new(GMIME_OBJECT(message));
    do {
        auto* const current = ::g_mime_part_iter_get_current(parts);
        if (current != nullptr && GMIME_IS_PART(current)) read_part(GMIME_PART(current), content);
    } while (::g_mime_part_iter_next(parts) != FALSE);
    ::g_mime_part_iter_free(parts);
}

void read_message(const std::string& data, message_content& content) {
    start_gmime();
    const owned<GMimeStream> stream{::g_mime_stream_mem_new_with_buffer(data.data(), data.size())};
    const owned<GMimeParser> parser{::g_mime_parser_new_with_stream(stream.get())};
    const owned<GMimeMessage> message{::g_mime_parser_construct_message(parser.get(), nullptr)};
    if (!message) return;
    content.subject = shown_line(::g_mime_message_get_subject(message.get()), longest_line);
    if (auto from = first_of(::g_mime_message_get_from(message.get()))) content.from = std::move(*from);
    if (auto reply_to = first_of(::g_mime_message_get_reply_to(message.get())))
        content.reply_to = std::move(reply_to->address);
    if (const auto id = shown_line(::g_mime_message_get_message_id(message.get()), longest_line); !id.empty())
        content.message_id = id;
    read_parts(message.get(), content);
}

}  // namespace

kept_mail read_trapped(const trapped_mail& mail, const settings& settings, const std::string& id, core::timestamp now) {
    kept_mail kept{.mail = {.kind = "trapped",
                            .content = {},
                            .recipients = {},
                            .secret = {},
                            .trace = core::trace_context::start()},
                   .raw = trace(mail, id, now) + mail.data};
    auto& content = kept.mail.content;
    content.id = id;
    content.date = now;
    content.from = {{}, mail.from.empty() ? settings.from_address : mail.from};
    content.message_id = message_id_of(id, settings.from_address);
    read_message(mail.data, content);
    for (const auto& one : mail.to)
        if (auto address = core::parse_email_address(one, core::domain_form::any))
            kept.mail.recipients.push_back({.name = {}, .address = std::move(*address)});
    return kept;
}

}  // namespace email
