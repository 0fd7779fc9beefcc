#include "send_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace email {
namespace {

constexpr std::size_t most_receivers = 50;
constexpr std::size_t longest_subject = 250;  // characters
constexpr std::array<std::string_view, 5> statuses{"queued", "sending", "sent", "captured", "failed"};

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::vector<recipient> check_receivers(const std::vector<std::string>& to, std::vector<core::field_error>& errors) {
    std::vector<recipient> receivers;
    if (to.empty()) errors.push_back({"to", "At least one address is needed."});
    if (to.size() > most_receivers) errors.push_back({"to", "At most 50 addresses are possible."});
    if (!errors.empty()) return receivers;
    for (std::size_t i = 0; i < to.size(); ++i) {
        auto address = core::parse_email_address(to[i], core::domain_form::any);
        if (!address)
            errors.push_back({"to[" + std::to_string(i) + "]", std::move(address.error())});
        else if (std::ranges::none_of(receivers, [&](const recipient& known) { return known.address == *address; }))
            receivers.push_back({.name = {}, .address = std::move(*address)});
    }
    return receivers;
}

void check_subject(const std::string& subject, std::vector<core::field_error>& errors) {
    if (!is_header_text(subject))
        errors.push_back({"subject", "A subject is one line of text without control characters."});
    else if (characters(subject) > longest_subject)
        errors.push_back({"subject", "A subject has at most 250 characters."});
    else if (subject.find_first_not_of(' ') == std::string::npos)
        errors.push_back({"subject", "A subject is needed."});
}

void check_body(const send_email& request, std::size_t largest, std::vector<core::field_error>& errors) {
    if (!request.text && !request.html) errors.push_back({"text", "A text or HTML is needed."});
    if (request.text && !is_body_text(*request.text)) errors.push_back({"text", "This is not UTF-8 text."});
    if (request.html && !is_body_text(*request.html)) errors.push_back({"html", "This is not UTF-8 text."});
    if (request.text.value_or("").size() + request.html.value_or("").size() > largest)
        errors.push_back(
            {request.html ? "html" : "text", "The mail is too large: at most " + std::to_string(largest) + " bytes."});
}

}  // namespace

core::result<std::vector<recipient>> check(const send_email& request, std::size_t largest) {
    std::vector<core::field_error> errors;
    auto receivers = check_receivers(request.to, errors);
    check_subject(request.subject, errors);
    check_body(request, largest, errors);
    if (!errors.empty()) return core::invalid(std::move(errors));
    return receivers;
}

core::result<void> check(const search_emails& request) {
    std::vector<core::field_error> errors;
    if (request.page < 1) errors.push_back({"page", "The first page is 1."});
    if (request.size < 1 || request.size > 100) errors.push_back({"size", "A page has 1 to 100 items."});
    if (request.status && std::ranges::find(statuses, *request.status) == statuses.end())
        errors.push_back({"status", "It is one of queued, sending, sent, captured, failed."});
    if (!errors.empty()) return core::invalid(std::move(errors));
    return {};
}

}  // namespace email
