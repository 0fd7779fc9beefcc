#include <boost/asio/buffer.hpp>

#include "connection.hpp"

// How a connection takes the body of a request.
namespace web {

namespace asio = core::asio;

namespace {

constexpr std::size_t body_piece = 16 * 1024;

}  // namespace

core::awaitable<connection::arrival> connection::receive_body(request& request, std::string_view head,
                                                              const framing& framing, std::size_t limit, refusal& why) {
    if (framing.content_length > limit) co_return arrival::refused;
    body_decoder body{framing, limit};
    body_input_.assign(input_.begin() + static_cast<std::ptrdiff_t>(head.size()),
                       input_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ = head.size();
    if (framing.expects_continue && body_input_.empty() && !co_await send_continue()) co_return arrival::lost;
    why.status = 0;
    const bool whole = co_await decode_body(body, why);
    if (!whole) co_return why.status == 0 ? arrival::lost : arrival::refused;
    request.body = body.take();
    co_return arrival::complete;
}

core::awaitable<bool> connection::decode_body(body_decoder& body, refusal& why) {
    const auto began = context_.clock.monotonic();
    std::size_t total = 0;
    enter(phase::body, context_.bounds.body_grace);
    while (true) {
        const auto taken = body_input_.empty() ? std::size_t{0} : body.put({body_input_.data(), body_input_.size()});
        if (!taken) {
            why = taken.error();
            co_return false;
        }
        body_input_.erase(body_input_.begin(), body_input_.begin() + static_cast<std::ptrdiff_t>(*taken));
        if (body.is_done()) co_return true;
        body_input_.resize(body_piece);  // what is not done has taken all there was
        boost::system::error_code error;
        const auto size = co_await stream_.read_some(asio::buffer(body_input_), error);
        body_input_.resize(size);
        if (error) {
            stream_.close();
            co_return false;
        }
        total += size;
        deadline_ =
            began + context_.bounds.body_grace + std::chrono::milliseconds{total * 1000 / context_.bounds.body_rate};
    }
}

core::awaitable<bool> connection::send_continue() { co_return co_await write("HTTP/1.1 100 Continue\r\n\r\n", {}); }

}  // namespace web
