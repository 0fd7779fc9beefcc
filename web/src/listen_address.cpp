#include <charconv>
#include <core/exit.hpp>
#include <web/server.hpp>

namespace web {

listen_address listen_address::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
    const auto digits = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty() || digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
        (!is_bracketed && host.contains(':'))) {
        throw core::fatal_error{
            core::exit_code::configuration,
            "\"" + std::string{text} + "\" is no address to listen on; right would be 127.0.0.1:8080 or [::1]:8080"};
    }
    return {std::string{host}, port};
}

}  // namespace web
