#include <harness/message_tests.hpp>
#include <product/messages.hpp>

BUSBAR_MESSAGE_TESTS(product, product::create_product, product::get_product, product::product_created)
