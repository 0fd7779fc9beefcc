#include "broker_error.hpp"

#include <optional>
#include <string_view>

namespace bus::amqp {
namespace {

constexpr std::uint16_t access_refused = 403;
constexpr std::uint16_t not_found = 404;
constexpr std::uint16_t precondition_failed = 406;
constexpr std::uint16_t not_allowed = 530;

constexpr unsigned method(unsigned class_id, unsigned method_id) { return class_id << 16U | method_id; }

// What the broker's text says it refused: "access to queue 'a.queue' in vhost '/' refused for user 'x'".
struct refusal {
    std::string kind;  // "queue", "exchange", "topic"
    std::string name;
    std::string right;  // "write", if the broker says it; empty otherwise
};

std::optional<refusal> parse_refusal(std::string_view text) {
    constexpr std::string_view mark = "access to ";
    const auto at = text.find(mark);
    if (at == text.npos) return std::nullopt;
    refusal refused;
    for (const std::string_view right : {"configure", "write", "read"})
        if (text.substr(0, at).ends_with(std::string{right} + " ")) refused.right = right;
    text.remove_prefix(at + mark.size());
    const auto quote = text.find(" '");
    if (quote == text.npos) return std::nullopt;
    refused.kind = text.substr(0, quote);
    text.remove_prefix(quote + 2);
    // A name may hold a quote itself, so the end is what follows it.
    const auto end = text.find(refused.kind == "topic" ? "' in exchange '" : "' in vhost '");
    if (end == text.npos) return std::nullopt;
    refused.name = text.substr(0, end);
    return refused;
}

// https://www.rabbitmq.com/access-control.html: which right each operation needs on what.
std::string_view needed_right(const broker_close& close, const refusal& refused) {
    if (!refused.right.empty()) return refused.right;
    switch (method(close.class_id, close.method_id)) {
        case method(40, 10):  // exchange.declare
            return "configure";
        case method(50, 10):  // queue.declare; its dead-letter exchange needs write
            return refused.kind == "queue" ? "configure" : "write";
        case method(50, 20):  // queue.bind
            return refused.kind == "queue" ? "write" : "read";
        case method(60, 20):  // basic.consume
            return "read";
        default:  // basic.publish
            return "write";
    }
}

std::string explain_refusal(const broker_close& close, const broker_address& broker) {
    const auto refused = parse_refusal(close.text);
    if (!refused)
        return "the broker at " + place_of(broker) + " refused to sign in user " + broker.user +
               ": check the user and the password (" + close.text + ")";
    return "user " + broker.user + " needs the right `" + std::string{needed_right(close, *refused)} + "` on " +
           (refused->kind == "topic" ? "the topic " : "") + "`" + refused->name + "` in virtual host `" +
           broker.virtual_host + "` (" + close.text + ")";
}

}  // namespace

std::string place_of(const broker_address& broker) {
    const bool is_ipv6 = broker.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + broker.host + "]" : broker.host) + ":" + std::to_string(broker.port);
}

std::string explain(const broker_close& close, const broker_address& broker) {
    switch (close.code) {
        case access_refused:
            return explain_refusal(close, broker);
        case precondition_failed:
            if (close.class_id != 40 && close.class_id != 50) break;
            return close.text + "; nothing was changed; delete the " + (close.class_id == 40 ? "exchange" : "queue") +
                   " or give it back its arguments";
        case not_found:
            return close.text + "; what Busbar declares itself comes back with the next connection";
        case not_allowed:
            return "the broker at " + place_of(broker) + " does not let user " + broker.user + " into virtual host `" +
                   broker.virtual_host + "`: create it, or give the user rights in it (" + close.text + ")";
        default:
            break;
    }
    return "the broker at " + place_of(broker) + " ended it: " + std::to_string(close.code) + " " + close.text;
}

}  // namespace bus::amqp
