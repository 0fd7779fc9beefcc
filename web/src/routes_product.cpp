#include <product/messages.hpp>

#include "assets.hpp"
#include "body.hpp"
#include "routes.hpp"

namespace web {
namespace {

std::string etag_of(const product::product_view& product) { return '"' + std::to_string(product.version) + '"'; }

}  // namespace

void product_routes::add_to(router& router) {
    router.add("POST", "/api/v1/products", std::bind_front(&product_routes::create, this), {.who = access::admin});
    router.add("GET", "/api/v1/products/{id}", std::bind_front(&product_routes::get, this));
}

core::awaitable<response> product_routes::create(request& request) {
    auto message = read_message<product::create_product>(request);
    if (!message) co_return std::move(message.error());
    const auto made = co_await modules_.ask(std::move(*message), request);
    if (!made) co_return problem(made.error());
    co_return json(201, bus::to_json(*made))
        .with("Location", "/api/v1/products/" + made->id)
        .with("ETag", etag_of(*made));
}

core::awaitable<response> product_routes::get(request& request) {
    product::get_product wanted;
    wanted.id = request.path_parameters.value_or_empty("id");
    const auto found = co_await modules_.ask(std::move(wanted), request);
    if (!found) co_return problem(found.error());
    const auto etag = etag_of(*found);
    auto answer = matches_etag(request.header("if-none-match"), etag) ? empty(304) : json(200, bus::to_json(*found));
    answer.cache_control = "no-cache";
    answer.with("ETag", etag);
    co_return answer;
}

}  // namespace web
