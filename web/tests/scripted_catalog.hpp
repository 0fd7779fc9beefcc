#pragma once

#include <bus/endpoint.hpp>
#include <map>
#include <optional>
#include <product/messages.hpp>
#include <string>
#include <vector>

#include "browser.hpp"

namespace web::testing {

// What the module product would say about one product, p1, and about a list. Changes are at position 7 of its log.
class scripted_catalog {
public:
    explicit scripted_catalog(bus::endpoint& bus);

    std::vector<std::string> asked;              // name and JSON of each message
    std::map<std::string, core::error> trouble;  // by the name of a message
    product::product_view lamp{.id = "p1", .name = "Lamp", .description = "Two\nlines", .price = "9.90", .version = 3};
    product::product_page page;

    [[nodiscard]] std::string last() const { return asked.empty() ? "nothing" : asked.back(); }

private:
    template <class Message>
    void answer(bus::endpoint& bus);
    template <class Message>
    core::awaitable<core::result<bus::answer_of<Message>>> say(Message message, bus::call);
};

// Ada is signed in.
struct kept_catalog {
    kept_catalog() { person.sign_in(); }

    edge_under_test edge;
    scripted_catalog catalog{edge.bus};
    browser person{edge};
};

}  // namespace web::testing
