#include <algorithm>
#include <array>
#include <core/clock.hpp>
#include <core/email_address.hpp>
#include <core/ip_network.hpp>
#include <core/trace.hpp>
#include <core/uuid.hpp>
#include <nlohmann/json.hpp>
#include <web/router.hpp>

#include "fuzz.hpp"
#include "text.hpp"

// What is one word or one line: addresses, times, ids. The first byte says which.
namespace {

using fuzz::claim;

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_traceparent(std::string_view text) {
    const auto trace = core::trace_context::parse(text);
    if (!trace) return;
    const auto again = core::trace_context::parse(trace->traceparent());
    claim(again && again->trace_id == trace->trace_id && again->span_id == trace->span_id, "a trace goes on");
    claim(trace->traceparent().size() == 55 && text.substr(3, 32) == trace->trace_id, "it has the id that was sent");
    claim(trace->child().trace_id == trace->trace_id, "a step deeper is in the same trace");
}

void check_address(const core::email_address& address) {
    const std::string_view canonical = address.canonical;
    claim(canonical.size() <= 254 && !has_control(canonical),
          "an address is not too long and holds no control character");
    claim(canonical.find_first_of(" <>()\",;:\\[]") == canonical.npos, "an address needs no quotes");
    claim(std::ranges::count(canonical, '@') == 1 && web::is_valid_utf8(canonical), "an address is text with one @");
    claim(std::ranges::all_of(address.domain(), [](char c) { return c > 0x20 && c < 0x7f && !(c >= 'A' && c <= 'Z'); }),
          "a domain is in lower case and ASCII");
    const auto again = core::parse_email_address(canonical, core::domain_form::any);
    claim(again && again->canonical == canonical && again->key == address.key, "the canonical form stays as it is");
}

void check_email(std::string_view text) {
    const auto address = core::parse_email_address(text);
    const auto of_operator = core::parse_email_address(text, core::domain_form::any);
    if (!address && !of_operator) return claim(!address.error().empty(), "a refusal says why");
    claim(of_operator.has_value(), "an operator may have any address");
    check_address(*of_operator);
    claim(!address || (*address == *of_operator && address->domain().contains('.')),
          "a stranger's has a domain with a dot");
}

void check_mailbox(std::string_view text) {
    const auto mailbox = core::parse_mailbox(text);
    if (!mailbox) return;
    claim(!has_control(mailbox->name) && web::is_valid_utf8(mailbox->name), "a name is text of one line");
    check_address(mailbox->address);
}

void check_network(std::string_view text) {
    const auto subscriber = core::subscriber_of(text);
    claim(core::subscriber_of(subscriber) == subscriber, "a subscriber is his own");
    claim(!core::is_ip_address(text) || !has_control(text), "an address is one word");
    const auto network = core::ip_network::parse(text);
    if (!network) return claim(!core::is_ip_address(text), "an address is a network");
    const auto address = text.substr(0, text.find('/'));
    claim(network->contains(address), "an address is in its network");
}

void check_time(std::string_view text) {
    const auto time = core::from_rfc3339(text);
    if (!time) return;
    claim(core::from_rfc3339(core::to_rfc3339(*time)) == time, "a time is the same after a trip");
}

void check_utf8(std::string_view text) {
    bool is_text = true;
    try {
        (void)nlohmann::json(std::string{text}).dump();
    } catch (const nlohmann::json::type_error&) {
        is_text = false;
    }
    claim(web::is_valid_utf8(text) == is_text, "both readings of UTF-8 agree");
}

void check_host(std::string_view text) {
    const web::host_rules rules{{"busbar.example.org"}, true};
    if (!rules.allows(text, "192.0.2.7")) return;
    const auto lower = web::to_lower(text);
    constexpr std::array known{"localhost", "127.0.0.1", "[::1]", "busbar.example.org", "192.0.2.7", "[192.0.2.7]"};
    const auto is_ours = [&lower](std::string_view name) {
        if (!lower.starts_with(name)) return false;
        const auto rest = std::string_view{lower}.substr(name.size());
        return rest.empty() || (rest[0] == ':' && rest.find_first_not_of("0123456789", 1) == rest.npos);
    };
    claim(std::ranges::any_of(known, is_ours), "a host is one of ours, with a port or without");
}

void check_id(std::string_view text) {
    if (!core::is_uuid(text)) return;
    claim(text.size() == 36 && text.find_first_not_of("0123456789abcdef-") == text.npos, "an id is digits and dashes");
    claim(std::ranges::count(text, '-') == 4, "of four dashes");
}

constexpr std::array checks{check_traceparent, check_email, check_mailbox, check_network,
                            check_time,        check_utf8,  check_host,    check_id};

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto check = checks[choose.below(checks.size())];
    check(choose.rest());
}
