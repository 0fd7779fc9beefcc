#pragma once

#include <core/error.hpp>
#include <cstdint>
#include <product/messages.hpp>
#include <string>
#include <vector>
#include <web/request.hpp>

#include "forms.hpp"

// The forms that a product is made, changed and deleted with, and what they have sent.
namespace web {

// The fields as the module takes them: with the line breaks that everything but a form has, a price without blanks.
struct typed_product {
    std::string name{};
    std::string description{};
    std::string price{};
    // The one that the person has seen; none when the form does not say a number, which then matches nothing.
    std::vector<std::int64_t> versions{};
    std::string key{};
};
[[nodiscard]] typed_product read_product(const parameters& form);

// `action`: where it goes, for as long as the form is used. `version`: of the product that it is about. `key`: sent
// twice it makes one product; random.
inline constexpr std::string_view new_product_address = "/products/new";
[[nodiscard]] form_view new_product_form(std::string key);
[[nodiscard]] form_view edit_form(std::string_view action, std::string version);
[[nodiscard]] form_view delete_form(std::string_view action, std::int64_t version);

// What the fields show of a product that nobody has typed into yet.
[[nodiscard]] parameters fields_of(const product::product_view& product);
[[nodiscard]] page_data product_data(const product::product_view& product);
// The product as it is, beside `form`, which holds what was typed.
[[nodiscard]] page_data conflict_data(const product::product_view& product, const parameters& typed,
                                      const std::string& form);

}  // namespace web
