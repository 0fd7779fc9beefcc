#include "scripted_catalog.hpp"

#include <bus/json.hpp>

namespace web::testing {

template <class Message>
core::awaitable<core::result<bus::answer_of<Message>>> scripted_catalog::say(Message message, bus::call) {
    asked.push_back(std::string{Message::message.name} + " " + bus::encode(message));
    if (const auto found = trouble.find(std::string{Message::message.name}); found != trouble.end())
        co_return std::unexpected{found->second};
    using answer = bus::answer_of<Message>;
    if constexpr (std::is_same_v<answer, product::product_view>)
        co_return lamp;
    else if constexpr (std::is_same_v<answer, product::product_page>)
        co_return page;
    else if constexpr (std::is_same_v<answer, product::written_product>)
        co_return product::written_product{.id = lamp.id,
                                           .name = message.name,
                                           .description = message.description,
                                           .price = lamp.price,
                                           .position = 7};
    else
        co_return product::removed_product{7};
}

template <class Message>
void scripted_catalog::answer(bus::endpoint& bus) {
    bus.answer<Message>(std::bind_front(&scripted_catalog::say<Message>, this));
}

scripted_catalog::scripted_catalog(bus::endpoint& bus) {
    answer<product::create_product>(bus);
    answer<product::update_product>(bus);
    answer<product::delete_product>(bus);
    answer<product::get_product>(bus);
    answer<product::search_products>(bus);
}

}  // namespace web::testing
