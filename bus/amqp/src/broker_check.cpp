#include <bus/amqp/broker_check.hpp>

#include "broker_error.hpp"
#include "connection.hpp"

namespace bus::amqp {

std::string find_trouble(const settings& settings) {
    try {
        connection connection{{.broker = settings.broker,
                               .name = "busbar check",
                               .limit = settings.connect_limit,
                               .heartbeat = settings.heartbeat}};
        connection.open();
        connection.sign_in();
        connection.close(settings.connect_limit);
        return {};
    } catch (const broker_error& trouble) {
        return trouble.what();
    }
}

}  // namespace bus::amqp
