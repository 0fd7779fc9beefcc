// An event is shared by all its handlers, so none may change it: with CHANGES defined this must not compile.
#include <bus/endpoint.hpp>

namespace {

struct sold {
    static constexpr auto message = bus::event("shop.sold", 1);
    std::string customer;
    [[nodiscard]] const std::string& key() const { return customer; }
};
BOOST_DESCRIBE_STRUCT(sold, (), (customer))

#ifdef CHANGES
using event = sold&;
#else
using event = const sold&;
#endif

core::awaitable<void> handle(event, bus::delivery&) { co_return; }

}  // namespace

void add_to(bus::endpoint& door);
void add_to(bus::endpoint& door) { door.on("book").event<sold>(&handle); }
