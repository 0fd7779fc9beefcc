#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace bus {

// A message's field that is any JSON, kept as text: for what is passed on often and seldom looked into. A tree of nodes
// costs some allocations for each value in it.
//
// Whoever makes one sees to it that the text is JSON in UTF-8 on one line; what comes from the wire is.
struct json_text {
    std::string text = "null";

    // Text in it that is not UTF-8 is replaced.
    [[nodiscard]] static json_text of(const nlohmann::json& value) {
        return {value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
    }
    [[nodiscard]] nlohmann::json value() const { return nlohmann::json::parse(text); }
    bool operator==(const json_text&) const = default;
};

}  // namespace bus
