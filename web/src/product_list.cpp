#include "product_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "forms.hpp"
#include "query.hpp"
#include "text.hpp"

namespace web {
namespace {

constexpr std::int64_t largest_page = 1'000'000'000;
constexpr std::size_t characters_of_description = 200;

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> orders{{
    {"", "Best match first"},
    {"newest", "Newest first"},
    {"name", "By name"},
    {"price", "Cheapest first"},
    {"-price", "Dearest first"},
}};

std::optional<std::string> typed(const std::string& text) {
    const auto trimmed = trim(text);
    return trimmed.empty() ? std::nullopt : std::optional{std::string{trimmed}};
}

bool narrows(const product_filter& filter) {
    return typed(filter.search) || typed(filter.price_min) || typed(filter.price_max);
}

std::string address_of(const product_filter& filter, std::int64_t page) {
    std::string address = "/products";
    auto add = [&address, separator = '?'](std::string_view name, const std::string& value) mutable {
        address += std::exchange(separator, '&') + std::string{name} + '=' + percent_encode(value);
    };
    if (const auto search = typed(filter.search)) add("search", *search);
    if (const auto least = typed(filter.price_min)) add("price_min", *least);
    if (const auto most = typed(filter.price_max)) add("price_max", *most);
    if (!filter.sort.empty()) add("sort", filter.sort);
    if (page > 1) add("page", std::to_string(page));
    return address;
}

std::string beginning_of(const std::string& text) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool begins_character = (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U;
        if (begins_character && characters++ == characters_of_description) return text.substr(0, at) + "…";
    }
    return text;
}

std::string products(std::int64_t number) { return std::to_string(number) + (number == 1 ? " product" : " products"); }

// What a screen reader says after each search, and everybody sees.
std::string count_of(const core::result<product::product_page>& found) {
    if (!found) return "Nothing was searched for yet: please look at what is marked.";
    if (found->total_count == 0) return "No products";
    if (found->items.empty()) return products(found->total_count);
    const auto first = (found->page - 1) * found->size + 1;
    const auto last = first + static_cast<std::int64_t>(found->items.size()) - 1;
    return std::to_string(first) + " to " + std::to_string(last) + " of " + products(found->total_count);
}

page_data items_of(const product::product_page& found) {
    page_data items{page_data::type::list};
    for (const auto& product : found.items) {
        page_data one;
        one.set("id", product.id);
        one.set("name", product.name);
        one.set("price", product.price);
        one.set("description", text_or_nothing(beginning_of(product.description)));
        items.push_back(one);
    }
    return items;
}

void add_pager(page_data& data, const product_filter& filter, const product::product_page& found) {
    if (found.total_pages < 2 || found.items.empty()) return;
    page_data pager;
    pager.set("previous", text_or_nothing(found.page > 1 ? address_of(filter, found.page - 1) : std::string{}));
    pager.set("next", text_or_nothing(found.has_more ? address_of(filter, found.page + 1) : std::string{}));
    pager.set("number", std::to_string(found.page));
    pager.set("all", std::to_string(found.total_pages));
    data.set("pager", pager);
}

// Why there is nothing to see, and what to do about it.
void add_emptiness(page_data& data, const product_filter& filter, const product::product_page& found) {
    if (!found.items.empty()) return;
    page_data empty;
    const auto say = [&empty](const char* heading, const char* advice, const std::string& href, const char* link) {
        empty.set("heading", heading);
        empty.set("advice", advice);
        empty.set("href", href);
        empty.set("link", link);
    };
    if (found.total_count > 0)
        say("The list is not that long", "Some products may have been deleted meanwhile.",
            address_of(filter, found.total_pages), "Go to its last page");
    else if (narrows(filter))
        say("Nothing is like that", "Try fewer or shorter words, or other prices. The beginning of a word is enough.",
            "/products", "Show all products");
    else
        say("There are no products yet", "The first one appears here as soon as somebody has made it.", "/products/new",
            "Create the first one");
    data.set("empty", empty);
}

void add_orders(page_data& data, const product_filter& filter) {
    page_data list{page_data::type::list};
    for (const auto& [value, label] : orders) {
        page_data one;
        one.set("value", std::string{value});
        one.set("label", std::string{label});
        one.set("chosen", filter.sort == value);
        list.push_back(one);
    }
    data.set("orders", list);
}

void add_errors(page_data& data, const std::vector<core::field_error>& errors) {
    page_data elsewhere{page_data::type::list};
    for (const auto& [field, detail] : errors) {
        if (field == "price_min" || field == "price_max" || field == "sort")
            data.set(field + "_error", text_or_nothing(as_sentence(detail)));
        else
            elsewhere.push_back(as_sentence(field + ' ' + detail));
    }
    data.set("errors", elsewhere);
    data.set("has_errors", !elsewhere.is_empty_list());
}

}  // namespace

product_filter read_product_filter(const request& request, std::vector<core::field_error>& errors) {
    return {.search = request.query.value_or_empty("search"),
            .price_min = request.query.value_or_empty("price_min"),
            .price_max = request.query.value_or_empty("price_max"),
            .sort = request.query.value_or_empty("sort"),
            .page = number_parameter(request, "page", 1, largest_page, errors)};
}

product::search_products question_for(const product_filter& filter) {
    return {.search = typed(filter.search),
            .price_min = typed(filter.price_min),
            .price_max = typed(filter.price_max),
            .sort = typed(filter.sort),
            .page = filter.page};
}

page_data product_list_data(const product_filter& filter, const core::result<product::product_page>& found) {
    page_data data;
    data.set("search", filter.search);
    data.set("price_min", filter.price_min);
    data.set("price_max", filter.price_max);
    data.set("count", count_of(found));
    add_orders(data, filter);
    if (!found) {
        add_errors(data, found.error().fields);
        return data;
    }
    data.set("items", items_of(*found));
    data.set("has_items", !found->items.empty());
    add_pager(data, filter, *found);
    add_emptiness(data, filter, *found);
    return data;
}

}  // namespace web
