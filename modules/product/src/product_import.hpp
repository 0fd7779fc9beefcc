#pragma once

#include <bus/module_context.hpp>
#include <product/messages.hpp>

namespace product {

// The write side for many products at once: all lines of a request, and the events about them, are one commit. Loop
// thread.
class product_import {
public:
    explicit product_import(bus::module_context context);
    product_import(const product_import&) = delete;
    product_import& operator=(const product_import&) = delete;
    ~product_import() = default;

private:
    core::awaitable<core::result<imported_products>> take(import_products input, bus::call call);

    bus::module_context context_;
};

}  // namespace product
