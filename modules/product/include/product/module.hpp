#pragma once

#include <bus/module_context.hpp>
#include <memory>

namespace product {

// Products: creates and gets them. See messages.hpp. It has nothing of its own to stop.
class module {
public:
    explicit module(bus::module_context context);
    module(const module&) = delete;
    module& operator=(const module&) = delete;
    ~module();

private:
    class service;
    std::unique_ptr<service> service_;
};

}  // namespace product
