#include <algorithm>
#include <product/messages.hpp>

#include "body.hpp"
#include "query.hpp"
#include "routes.hpp"
#include "text.hpp"

// Products as JSON lines, for operators: all of them, and many at once.
namespace web {
namespace {

constexpr std::int64_t most_lines = 500;
constexpr std::int64_t most_ahead = 1000;              // events that readers have yet to be shown
constexpr std::size_t most_bytes = 1UZ * 1024 * 1024;  // of a request; what the client sends has at most 768 KiB

std::string lines_of(const std::vector<product::product_view>& products) {
    std::string lines;
    for (const auto& one : products) lines += bus::encode(one, bus::broken_text::replaced) + '\n';
    return lines;
}

// RFC 8288: where to go on.
std::string link_behind(const product::product_view& last, std::int64_t size) {
    return "</api/v1/products/export?after=" + percent_encode(last.id) + "&size=" + std::to_string(size) +
           ">; rel=\"next\"";
}

// The line of the first byte that is not UTF-8.
std::string first_broken_line(std::string_view text) {
    std::size_t number = 1;
    while (is_valid_utf8(text.substr(0, text.find('\n')))) {
        text.remove_prefix(text.find('\n') + 1);
        ++number;
    }
    return "line " + std::to_string(number);
}

std::optional<bool> flag_parameter(const request& request, std::string_view name) {
    const auto text = text_parameter(request, name).value_or("false");
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
}

}  // namespace

void product_routes::add_for_operators_to(router& admin) {
    using std::bind_front;
    admin.add("GET", "/api/v1/products/export", bind_front(&product_routes::list_lines, this), {.who = access::admin});
    admin.add("POST", "/api/v1/product-imports", bind_front(&product_routes::take_lines, this),
              {.who = access::admin, .body_limit = most_bytes});
}

core::awaitable<response> product_routes::list_lines(request& request) {
    std::vector<core::field_error> errors;
    const auto size = size_parameter(request, most_lines, most_lines, errors);
    if (!errors.empty()) co_return problem(core::invalid(std::move(errors)).error());
    const auto page =
        co_await modules_.ask(product::list_written{text_parameter(request, "after").value_or(""), size}, request);
    if (!page) co_return problem(page.error());
    response answer{.content_type = content_type::json_lines, .body = lines_of(page->items)};
    if (page->has_more) answer.with("Link", link_behind(page->items.back(), size));
    co_return answer;
}

core::awaitable<response> product_routes::take_lines(request& request) {
    if (!is_of_type(request, content_type::json_lines)) co_return problem(415, "The body must be application/jsonl.");
    if (!is_valid_utf8(request.body))
        co_return problem(core::invalid({{first_broken_line(request.body), "is not UTF-8"}}).error());
    const auto check = flag_parameter(request, "check");
    if (!check) co_return problem(core::invalid({{"check", "must be true or false"}}).error());
    if (!*check) {
        if (const auto shown = co_await imported_is_shown(request); !shown) co_return problem(shown.error());
    }
    const auto done = co_await modules_.ask(product::import_products{std::move(request.body), *check}, request);
    if (!done) co_return problem(done.error());
    note_written(done->position.value_or(0));
    imported_ = std::max(imported_, done->position.value_or(0));
    co_return json(200, {{"created", done->created},
                         {"updated", done->updated},
                         {"unchanged", done->unchanged},
                         {"was_done_before", done->was_done_before}});
}

// Lines are written faster than the catalogue takes them in, and whoever reads waits for all that was written here. So
// that nobody waits for long, imports run ahead of readers by so much and no more; positions are dense. To ask for a
// product that is none costs no more than the wait.
core::awaitable<core::result<void>> product_routes::imported_is_shown(const request& request) {
    if (imported_ <= most_ahead) co_return core::result<void>{};
    auto none = co_await modules_.ask(product::get_product{.id = {}, .not_before = imported_ - most_ahead}, request);
    if (none || none.error().kind == core::error_kind::not_found) co_return core::result<void>{};
    co_return std::unexpected{std::move(none.error())};
}

}  // namespace web
