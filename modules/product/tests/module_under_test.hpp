#pragma once

#include <harness/module_under_test.hpp>
#include <product/messages.hpp>
#include <product/migrations.hpp>
#include <product/module.hpp>

namespace product::test {

// The module product alone.
class module_under_test : public harness::module_under_test {
public:
    module_under_test() : harness::module_under_test{{"product", migrations(), &start}} {}

private:
    static harness::running_module start(const bus::module_context& context) {
        return {.module = std::make_shared<module>(context)};
    }
};

}  // namespace product::test
