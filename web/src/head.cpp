#include "head.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "text.hpp"

namespace web {
namespace {

constexpr std::size_t longest_method = 24;
constexpr std::string_view version_text = "HTTP/1.1";

std::unexpected<refusal> refuse(int status, std::string_view detail) {
    return std::unexpected{refusal{status, detail}};
}

bool is_visible_ascii(char c) { return c > 0x20 && c < 0x7f; }

bool is_field_value(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
    std::uint64_t value = 0;
    if (text.empty() || text.size() > 18 || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// Whether a comma-separated list such as Connection names `token`.
bool lists(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto end = list.find(',');
        if (equals_ignoring_case(trim(list.substr(0, end)), token)) return true;
        list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    }
    return false;
}

// Cuts one line, which the finder has checked to end with CR LF, off `rest`.
std::string_view take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    return line;
}

std::expected<void, refusal> parse_request_line(std::string_view line, const limits& limits, request& out,
                                                bool& is_1_0) {
    const auto method_end = line.find(' ');
    const auto target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || method_end == 0 || target_end == method_end)
        return refuse(400, "The request line is not METHOD TARGET HTTP/1.1.");
    out.method = line.substr(0, method_end);
    out.target = line.substr(method_end + 1, target_end - method_end - 1);
    const auto version = line.substr(target_end + 1);
    if (out.method.size() > longest_method || !std::ranges::all_of(out.method, is_token_character))
        return refuse(400, "The method is not a token.");
    if (out.target.size() > limits.target) return refuse(414, "The address is too long.");
    if (out.target.empty() || !std::ranges::all_of(out.target, is_visible_ascii))
        return refuse(400, "The address holds a character that must be escaped.");
    if (version.size() != version_text.size() || !version.starts_with("HTTP/") || version[6] != '.')
        return refuse(400, "The request line does not end with a version of HTTP.");
    if (version[5] != '1')
        return refuse(version[5] >= '0' && version[5] <= '9' ? 505 : 400, "Only HTTP/1.1 is spoken here.");
    if (version[7] != '0' && version[7] != '1') return refuse(400, "Only HTTP/1.1 is spoken here.");
    is_1_0 = version[7] == '0';
    return {};
}

std::expected<field, refusal> parse_field(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return refuse(400, "A header field is folded over two lines.");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return refuse(400, "A header field has no name.");
    const auto name = line.substr(0, colon);
    if (!std::ranges::all_of(name, is_token_character))
        return refuse(400, "The name of a header field is not a token.");
    const auto value = trim(line.substr(colon + 1));
    if (!is_field_value(value)) return refuse(400, "A header field holds a control character.");
    return field{name, value};
}

// What the fields that matter to the connection say, each at most once.
struct seen {
    std::optional<std::string_view> host, length, encoding;
    bool closes = false, keeps = false, expects = false;
};

std::expected<void, refusal> note(const field& field, seen& seen) {
    // The first letter decides most of them without a comparison.
    switch (field.name.front() | 0x20) {
        case 'h':
            if (!equals_ignoring_case(field.name, "host")) break;
            if (seen.host) return refuse(400, "There are two Host fields.");
            seen.host = field.value;
            break;
        case 't':
            if (!equals_ignoring_case(field.name, "transfer-encoding")) break;
            if (seen.encoding) return refuse(400, "There are two Transfer-Encoding fields.");
            seen.encoding = field.value;
            break;
        case 'c':
            if (equals_ignoring_case(field.name, "content-length")) {
                if (seen.length) return refuse(400, "There are two Content-Length fields.");
                seen.length = field.value;
            } else if (equals_ignoring_case(field.name, "connection")) {
                seen.closes = seen.closes || lists(field.value, "close");
                seen.keeps = seen.keeps || lists(field.value, "keep-alive");
            }
            break;
        case 'e':
            if (!equals_ignoring_case(field.name, "expect")) break;
            if (!equals_ignoring_case(field.value, "100-continue"))
                return refuse(417, "Only 100-continue can be expected.");
            seen.expects = true;
            break;
        default:
            break;
    }
    return {};
}

std::expected<framing, refusal> decide(const seen& seen, bool is_1_0) {
    framing result;
    if (seen.length && seen.encoding) return refuse(400, "Content-Length and Transfer-Encoding exclude each other.");
    if (seen.encoding) {
        if (is_1_0 || !equals_ignoring_case(*seen.encoding, "chunked"))
            return refuse(400, "The only transfer encoding is chunked.");
        result.chunked = true;
    }
    if (seen.length) {
        const auto length = parse_length(*seen.length);
        if (!length) return refuse(400, "Content-Length is not a number.");
        result.content_length = *length;
    }
    result.keep_alive = !seen.closes && (!is_1_0 || seen.keeps);
    result.expects_continue = seen.expects && !is_1_0;
    return result;
}

// Turns http://host/path into its parts (RFC 9112, section 3.2.2); origin-form and * stay as they are.
std::expected<void, refusal> settle_target(request& out) {
    if (out.target.starts_with('/') || out.target == "*") return {};
    const auto scheme = out.target.find("://");
    if (scheme == std::string_view::npos || !equals_ignoring_case(out.target.substr(0, scheme), "http"))
        return refuse(400, "The address is not a path.");
    auto rest = out.target.substr(scheme + 3);
    const auto path = rest.find_first_of("/?");
    const auto authority = rest.substr(0, path);
    if (!equals_ignoring_case(authority, out.host))
        return refuse(400, "The address names another host than the Host field.");
    const bool has_path = path != std::string_view::npos && rest[path] == '/';
    out.target = has_path ? rest.substr(path) : std::string_view{"/"};
    return {};
}

}  // namespace

std::expected<std::size_t, refusal> head_finder::find(std::string_view received, const limits& limits) {
    if (received.empty()) return 0;
    if (!is_token_character(received.front())) return refuse(400, "This is not HTTP.");
    while (true) {
        const auto feed = received.find('\n', scanned_);
        if (feed == std::string_view::npos) break;
        if (feed == 0 || received[feed - 1] != '\r') return refuse(400, "A line does not end with CR LF.");
        const bool is_empty = feed - 1 == line_;
        line_ = scanned_ = feed + 1;
        if (!is_empty) continue;
        if (line_ <= limits.head) return line_;
        break;
    }
    scanned_ = received.size();
    const auto first_line = std::min(received.find("\r\n"), received.size());
    if (first_line > longest_method + limits.target + version_text.size() + 2)
        return refuse(414, "The address is too long.");
    if (received.size() > limits.head) return refuse(431, "The header fields are too large.");
    return 0;
}

std::expected<framing, refusal> parse_head(std::string_view head, const limits& limits, request& out) {
    bool is_1_0 = false;
    seen seen;
    if (const auto line = parse_request_line(take_line(head), limits, out, is_1_0); !line)
        return std::unexpected{line.error()};
    while (true) {
        const auto line = take_line(head);
        if (line.empty()) break;
        const auto field = parse_field(line);
        if (!field) return std::unexpected{field.error()};
        if (out.fields.size() == limits.fields) return refuse(431, "There are too many header fields.");
        out.fields.push_back(*field);
        if (const auto noted = note(*field, seen); !noted) return std::unexpected{noted.error()};
    }
    if (!seen.host && !is_1_0) return refuse(400, "The Host field is missing.");
    out.host = seen.host.value_or(std::string_view{});
    if (const auto settled = settle_target(out); !settled) return std::unexpected{settled.error()};
    return decide(seen, is_1_0);
}

}  // namespace web
