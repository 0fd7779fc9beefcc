#include "client_name.hpp"

#include <array>
#include <utility>

namespace web {
namespace {

constexpr std::size_t longest_product = 40;

using names = std::pair<std::string_view, std::string_view>;  // in User-Agent, and what people call it

// The first that is found: browsers name those that they want to be taken for as well.
constexpr std::array<names, 6> browsers{{{"Edg", "Edge"},
                                         {"OPR/", "Opera"},
                                         {"Firefox/", "Firefox"},
                                         {"FxiOS/", "Firefox"},
                                         {"Chrome/", "Chrome"},
                                         {"Safari/", "Safari"}}};
constexpr std::array<names, 7> systems{{{"iPhone", "iPhone"},
                                        {"iPad", "iPad"},
                                        {"Android", "Android"},
                                        {"Windows", "Windows"},
                                        {"Macintosh", "Mac"},
                                        {"CrOS", "ChromeOS"},
                                        {"Linux", "Linux"}}};

template <std::size_t Size>
std::string_view find_in(const std::array<names, Size>& known, std::string_view agent) {
    for (const auto& [sign, name] : known)
        if (agent.contains(sign)) return name;
    return {};
}

// curl/7.88.1
std::string product_of(std::string_view agent) {
    std::string product;
    for (const char c : agent.substr(0, longest_product)) {
        if (c <= ' ' || c >= 0x7f) break;
        product += c;
    }
    return product.empty() ? "Unknown program" : product;
}

std::string program_of(std::string_view agent) {
    const auto browser = find_in(browsers, agent);
    if (browser.empty()) return product_of(agent);
    const auto system = find_in(systems, agent);
    return std::string{browser} + (system.empty() ? "" : " on " + std::string{system});
}

}  // namespace

std::string client_name(const request& request) {
    return program_of(request.header("user-agent")) + ", " + std::string{request.client};
}

}  // namespace web
