#include <product/messages.hpp>

#include "assets.hpp"
#include "body.hpp"
#include "preconditions.hpp"
#include "query.hpp"
#include "routes.hpp"

namespace web {
namespace {

constexpr std::string_view merge_patch = "application/merge-patch+json";

std::string id_in(const request& request) { return std::string{request.path_parameters.value_or_empty("id")}; }

response shown(int status, const product::product_view& product) {
    return json_of(status, product).with("ETag", etag_of(product.version));
}

}  // namespace

void product_routes::add_to(router& router) {
    using std::bind_front;
    const route_options for_writers{.who = access::user_or_admin};
    router.add("GET", "/api/v1/products", bind_front(&product_routes::list, this));
    router.add("POST", "/api/v1/products", bind_front(&product_routes::create, this), for_writers);
    router.add("GET", "/api/v1/products/{id}", bind_front(&product_routes::get, this));
    router.add("PUT", "/api/v1/products/{id}", bind_front(&product_routes::update, this), for_writers);
    router.add("PATCH", "/api/v1/products/{id}", bind_front(&product_routes::patch, this), for_writers);
    router.add("DELETE", "/api/v1/products/{id}", bind_front(&product_routes::remove, this), for_writers);
}

core::awaitable<response> product_routes::create(request& request) {
    auto message = read_message<product::create_product>(request);
    if (!message) co_return std::move(message.error());
    const auto made = co_await modules_.ask(std::move(*message), request);
    if (!made) co_return problem(made.error());
    note_written(made->position.value_or(0));
    co_return shown(201, made->view()).with("Location", "/api/v1/products/" + made->id);
}

core::awaitable<response> product_routes::get(request& request) {
    const auto found = co_await modules_.ask(product::get_product{id_in(request), read_from()}, request);
    if (!found) co_return problem(found.error());
    const auto etag = etag_of(found->version);
    auto answer =
        matches_etag(request.header("if-none-match"), etag) ? empty(304).with("ETag", etag) : shown(200, *found);
    answer.cache_control = "no-cache";
    co_return answer;
}

// S3-12: whose product it is stands in the path alone. A body that names one is refused.
core::awaitable<response> product_routes::update(request& request) {
    auto fields = read_message<product::create_product>(request);
    if (!fields) co_return std::move(fields.error());
    product::update_product message{.id = id_in(request),
                                    .name = std::move(fields->name),
                                    .description = std::move(fields->description),
                                    .price = std::move(fields->price),
                                    .versions = versions_to_match(request)};
    co_return changed(co_await modules_.ask(std::move(message), request));
}

core::awaitable<response> product_routes::patch(request& request) {
    auto body = read_json(request, {}, merge_patch);
    if (!body) co_return std::move(body.error());
    product::patch_product message{
        .id = id_in(request), .patch = std::move(*body), .versions = versions_to_match(request)};
    co_return changed(co_await modules_.ask(std::move(message), request));
}

core::awaitable<response> product_routes::remove(request& request) {
    const auto removed =
        co_await modules_.ask(product::delete_product{id_in(request), versions_to_match(request)}, request);
    if (!removed) co_return problem(removed.error());
    note_written(removed->position);
    co_return empty(204);
}

core::awaitable<response> product_routes::list(request& request) {
    const auto wanted = read_page(request);
    if (!wanted) co_return wanted.error();
    product::search_products search{.search = text_parameter(request, "search"),
                                    .price_min = text_parameter(request, "price_min"),
                                    .price_max = text_parameter(request, "price_max"),
                                    .sort = text_parameter(request, "sort"),
                                    .page = wanted->page,
                                    .size = wanted->size,
                                    .not_before = read_from()};
    const auto found = co_await modules_.ask(std::move(search), request);
    co_return found ? json_of(200, *found) : problem(found.error());
}

response product_routes::changed(const core::result<product::written_product>& written) {
    if (!written) return problem(written.error());
    note_written(written->position.value_or(0));
    return shown(200, written->view());
}

}  // namespace web
