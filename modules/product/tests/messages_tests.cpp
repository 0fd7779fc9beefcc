#include <harness/message_tests.hpp>
#include <product/messages.hpp>

BUSBAR_MESSAGE_TESTS(product, product::create_product, product::update_product, product::patch_product,
                     product::delete_product, product::get_product, product::search_products, product::list_written,
                     product::import_products, product::product_created, product::product_updated,
                     product::product_deleted)
