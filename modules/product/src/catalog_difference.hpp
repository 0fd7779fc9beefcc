#pragma once

#include <cstdint>
#include <optional>
#include <product/messages.hpp>
#include <string>
#include <vector>

namespace product {

// A product that readers are shown otherwise than it is.
struct catalog_difference {
    std::string id;
    std::optional<product_view> written{};  // none: there is no such product
    std::optional<product_view> shown{};    // none: it is not shown

    bool operator==(const catalog_difference&) const = default;

    // For people.
    [[nodiscard]] std::string describe() const;
};

// What the two sides hold, each ordered by id.
[[nodiscard]] std::vector<catalog_difference> differences_of(const std::vector<product_view>& written,
                                                             const std::vector<product_view>& shown);

}  // namespace product
