#include <gtest/gtest.h>

#include <stdexcept>
#include <storage/replica_log.hpp>

#include "module_databases.hpp"

namespace app::test {

TEST(known_modules, lists_every_module_with_data_and_whom_it_follows) {
    const auto known = known_modules();

    ASSERT_EQ(known.size(), names_of_modules_with_data().size());
    for (const auto& one : known)
        EXPECT_EQ(one.follows,
                  one.name == "email" ? std::vector<std::string>{"registration"} : std::vector<std::string>{})
            << one.name;
}

TEST(known_modules, are_checked_against_what_the_handlers_follow) {
    const auto check = [](const std::string& module, const std::string& source) {
        check_that_all_are_known({{.module = module, .handler = "any", .source = source}});
    };

    EXPECT_NO_THROW(check("email", "registration"));
    EXPECT_NO_THROW(check("email", "email"));
    EXPECT_NO_THROW(check("product", storage::outside));
    EXPECT_THROW(check("product", "registration"), std::logic_error);
    EXPECT_THROW(check("email", "product"), std::logic_error);
    EXPECT_THROW(check("nobody", "email"), std::logic_error);
}

}  // namespace app::test
