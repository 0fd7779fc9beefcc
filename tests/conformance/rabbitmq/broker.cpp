#include "broker.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace conformance {
namespace {

nlohmann::json description() {
    const auto* file = std::getenv("BUSBAR_TEST_AMQP_CONTROL");
    if (file == nullptr)
        throw std::runtime_error{
            "these tests need a broker: run them by `python3 tests/rabbitmq.py run -- PROGRAM`, as ./dev test does"};
    return nlohmann::json::parse(std::ifstream{file});
}

// Erlang, which the node evaluates: see tests/rabbitmq_control.py.
void evaluate(const std::string& expressions) {
    using local = boost::asio::local::stream_protocol;
    boost::asio::io_context context;
    local::socket socket{context};
    socket.connect(local::endpoint{description().at("control").get<std::string>()});
    boost::asio::write(socket, boost::asio::buffer(expressions + ".\n"));
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), end);
    if (!answer.starts_with("ok")) throw std::runtime_error{expressions + ": " + answer};
}

}  // namespace

bus::amqp::broker_address broker() {
    bus::amqp::broker_address address{.host = "127.0.0.1"};
    address.port = description().at("port").get<std::uint16_t>();
    return address;
}

void add_virtual_host(const std::string& name) {
    const auto host = "<<\"" + name + "\">>";
    evaluate("ok = rabbit_vhost:add(" + host +
             ", <<\"test\">>), ok = rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, " + host +
             ", <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>)");
}

void delete_virtual_host(const std::string& name) {
    evaluate("rabbit_vhost:delete(<<\"" + name + "\">>, <<\"test\">>)");
}

void close_connections(const std::string& virtual_host) {
    // One that ends meanwhile by itself is no failure.
    evaluate(
        "[(catch rabbit_networking:close_connection(Pid, \"closed by a test\")) || "
        "Pid <- rabbit_networking:connections(), "
        "(catch rabbit_networking:connection_info(Pid, [vhost])) =:= [{vhost, <<\"" +
        virtual_host + "\">>}]]");
}

}  // namespace conformance
