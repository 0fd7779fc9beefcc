#include <algorithm>
#include <bus/once.hpp>
#include <bus/publish.hpp>
#include <functional>
#include <product/messages.hpp>
#include <product/module.hpp>

#include "price.hpp"

namespace product {
namespace {

constexpr std::size_t longest_name = 200;            // characters
constexpr std::size_t longest_description = 10'000;  // characters

std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0U) != 0x80U; }));
}

std::expected<product_view, std::vector<core::field_error>> check(create_product input) {
    std::vector<core::field_error> problems;
    if (input.name.find_first_not_of(" \t\r\n") == std::string::npos) problems.push_back({"name", "is required"});
    if (length_of(input.name) > longest_name) problems.push_back({"name", "must have at most 200 characters"});
    if (length_of(input.description) > longest_description)
        problems.push_back({"description", "must have at most 10000 characters"});
    auto price = parse_price(input.price);
    if (!price) problems.push_back({"price", price.error()});
    if (!problems.empty()) return std::unexpected{std::move(problems)};
    product_view product;
    product.name = std::move(input.name);
    product.description = std::move(input.description);
    product.price = std::move(*price);
    return product;
}

}  // namespace

class module::service {
public:
    explicit service(bus::module_context context) : context_{std::move(context)} {
        context_.bus.answer<create_product>(std::bind_front(&service::create, this));
        context_.bus.answer<get_product>(std::bind_front(&service::get, this));
    }

private:
    core::awaitable<core::result<product_view>> create(create_product input, bus::call call) {
        auto valid = check(std::move(input));
        if (!valid) co_return core::invalid(std::move(valid.error()));
        auto& made = *valid;
        made.id = context_.runtime.ids.next();
        const auto asked = made.name + '\n' + made.description + '\n' + made.price;
        co_return co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
            return bus::once<product_view>(transaction, call, asked, [&]() -> core::result<product_view> {
                made.created_at = made.updated_at = transaction.now();
                transaction.execute(
                    "INSERT INTO products (id, name, description, price, version, created_at, updated_at) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    made.id, made.name, made.description, made.price, made.version, made.created_at, made.updated_at);
                bus::publish(transaction, product_created{made.id, made.name, made.description, made.price});
                return made;
            });
        });
    }

    core::awaitable<core::result<product_view>> get(get_product input, bus::call) {
        const auto row = context_.database.read([&input](storage::reader& reader) {
            return reader.query_optional<std::string, std::string, std::string, std::string, std::int64_t,
                                         core::timestamp, core::timestamp>(
                "SELECT id, name, description, price, version, created_at, updated_at FROM products WHERE id = ?1",
                input.id);
        });
        if (!row) co_return core::fail(core::error_kind::not_found, "There is no such product.");
        co_return std::apply([](const auto&... columns) { return product_view{columns...}; }, *row);
    }

    bus::module_context context_;
};

module::module(bus::module_context context) :service_{std::make_unique<service>(std::move(context))} {}

module::~module() = default;

}  // namespace product
