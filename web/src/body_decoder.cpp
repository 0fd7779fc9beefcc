#include "body_decoder.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>

namespace web {

namespace http = boost::beast::http;

struct body_decoder::impl {
    http::request_parser<http::string_body> parser;
};

namespace {

refusal to_refusal(const boost::system::error_code& error) {
    if (error == http::error::body_limit) return {413, "The body is too large."};
    return {400, "The body is not framed as HTTP/1.1 wants it."};
}

}  // namespace

body_decoder::body_decoder(std::unique_ptr<impl> impl) : impl_{std::move(impl)} {}
body_decoder::body_decoder(body_decoder&&) noexcept = default;
body_decoder& body_decoder::operator=(body_decoder&&) noexcept = default;
body_decoder::~body_decoder() = default;

std::expected<body_decoder, refusal> body_decoder::make(std::string_view head, std::size_t limit) {
    auto state = std::make_unique<impl>();
    state->parser.body_limit(limit);
    state->parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    boost::system::error_code error;
    const auto taken = state->parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (error && error != http::error::need_more) return std::unexpected{to_refusal(error)};
    if (taken != head.size() || !state->parser.is_header_done())
        return std::unexpected{refusal{400, "The header fields are not framed as HTTP/1.1 wants it."}};
    state->parser.eager(true);
    return body_decoder{std::move(state)};
}

std::expected<std::size_t, refusal> body_decoder::put(std::string_view bytes) {
    boost::system::error_code error;
    const auto taken = impl_->parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error && error != http::error::need_more) return std::unexpected{to_refusal(error)};
    return taken;
}

bool body_decoder::is_done() const { return impl_->parser.is_done(); }

std::string body_decoder::take() { return std::move(impl_->parser.get().body()); }

}  // namespace web
