#pragma once

#include <core/error.hpp>
#include <cstdint>
#include <product/messages.hpp>
#include <string>
#include <vector>
#include <web/request.hpp>

#include "pages.hpp"

// What is on the page that lists products.
namespace web {

// What to show of them, as it was typed.
struct product_filter {
    std::string search{};
    std::string price_min{};
    std::string price_max{};
    std::string sort{};
    std::int64_t page = 1;
};

// What is wrong with it is added to `errors`, but for what the module itself finds wrong.
[[nodiscard]] product_filter read_product_filter(const request& request, std::vector<core::field_error>& errors);
// Without blanks around; a field with nothing else in it narrows nothing.
[[nodiscard]] product::search_products question_for(const product_filter& filter);

// The list; an error that is not `invalid` has no place in it.
[[nodiscard]] page_data product_list_data(const product_filter& filter,
                                          const core::result<product::product_page>& found);

}  // namespace web
