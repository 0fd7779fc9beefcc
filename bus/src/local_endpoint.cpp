#include "local_endpoint.hpp"

#include <algorithm>
#include <stdexcept>

namespace bus {

void local_endpoint::add(event_handler handler) {
    // Two of one name would share their notes, and each would miss what the other did.
    if (find(handler.name) != nullptr) throw std::logic_error{"two handlers are named " + handler.name};
    handlers_.push_back(std::move(handler));
}

const event_handler* local_endpoint::find(std::string_view handler) const {
    const auto found = std::ranges::find(handlers_, handler, &event_handler::name);
    return found == handlers_.end() ? nullptr : &*found;
}

}  // namespace bus
