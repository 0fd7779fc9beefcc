#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

// What the module product says and answers.
namespace product {

struct product_view {
    std::string id;
    std::string name;
    std::string description;
    std::string price;  // decimal, as it was written
    std::int64_t version = 1;
    core::timestamp created_at{};
    core::timestamp updated_at{};
};
BOOST_DESCRIBE_STRUCT(product_view, (), (id, name, description, price, version, created_at, updated_at))

// Errors: invalid with the fields name, description, price.
struct create_product {
    static constexpr auto message = bus::request<product_view>("product.create", 1);
    std::string name;
    std::string description;
    nlohmann::json price;  // a string or a number, as it came
};
BOOST_DESCRIBE_STRUCT(create_product, (), (name, description, price))

// Error: not_found.
struct get_product {
    static constexpr auto message = bus::request<product_view>("product.get", 1, bus::repetition::harmless);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(get_product, (), (id))

struct product_created {
    static constexpr auto message = bus::event("product.product_created", 1);
    std::string product_id;
    std::string name;
    std::string description;
    std::string price;
    [[nodiscard]] const std::string& key() const { return product_id; }
};
BOOST_DESCRIBE_STRUCT(product_created, (), (product_id, name, description, price))

}  // namespace product
