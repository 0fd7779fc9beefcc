#include "valid_text.hpp"

#include <core/utf8.hpp>
#include <nlohmann/json.hpp>

namespace app {

std::string valid_text(std::string_view text) {
    if (core::is_valid_utf8(text)) return std::string{text};
    const auto replaced = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(replaced).get<std::string>();
}

}  // namespace app
