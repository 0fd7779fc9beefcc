#include "product_forms.hpp"

#include <charconv>
#include <utility>

#include "text.hpp"

namespace web {
namespace {

constexpr std::size_t longest_key = 64;  // ours have fewer characters

// No limits of length: what is pasted would be cut off without a word.
std::vector<form_field> fields() {
    return {{.name = "name", .label = "Name", .type = "text", .autocomplete = "off"},
            {.name = "price",
             .label = "Price",
             .type = "text",
             .autocomplete = "off",
             .hint = "A number, such as 19.90",
             .inputmode = "decimal"},
            {.name = "description",
             .label = "Description",
             .type = long_text,
             .autocomplete = "off",
             .hint = "Can stay empty. At most 10,000 characters.",
             .is_optional = true}};
}

// A form sends CR LF for each line break, whatever was in it before (HTML, "constructing the entry list").
std::string with_plain_line_breaks(const std::string& text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at)
        if (text[at] != '\r' || at + 1 == text.size() || text[at + 1] != '\n') plain += text[at];
    return plain;
}

std::vector<std::int64_t> version_in(const std::string& text) {
    std::int64_t version = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (failure != std::errc{} || end != text.data() + text.size()) return {};
    return {version};
}

std::string key_in(std::string text) { return text.size() <= longest_key ? std::move(text) : std::string{}; }

page_data fact(const char* label, const std::string& value, bool differs, bool is_long = false) {
    page_data data;
    data.set("label", label);
    data.set("value", text_or_nothing(value));
    data.set("differs", differs);
    data.set("is_long", is_long);
    return data;
}

}  // namespace

typed_product read_product(const parameters& form) {
    return {.name = form.value_or_empty("name"),
            .description = with_plain_line_breaks(form.value_or_empty("description")),
            .price = std::string{trim(form.value_or_empty("price"))},
            .versions = version_in(form.value_or_empty("version")),
            .key = key_in(form.value_or_empty("key"))};
}

form_view new_product_form(std::string key) {
    return {.action = new_product_address,
            .button = "Create the product",
            .fields = fields(),
            .hidden = {{"key", std::move(key)}}};
}

form_view edit_form(std::string_view action, std::string version) {
    return {.action = action,
            .button = "Save the product",
            .fields = fields(),
            .hidden = {{"version", std::move(version)}}};
}

form_view delete_form(std::string_view action, std::int64_t version) {
    return {.action = action,
            .button = "Delete the product",
            .hidden = {{"version", std::to_string(version)}},
            .is_dangerous = true};
}

parameters fields_of(const product::product_view& product) {
    parameters fields;
    fields.add("name", product.name);
    fields.add("price", product.price);
    fields.add("description", product.description);
    return fields;
}

page_data product_data(const product::product_view& product) {
    const auto created = core::to_rfc3339(product.created_at);
    const auto updated = core::to_rfc3339(product.updated_at);
    page_data data;
    data.set("id", product.id);
    data.set("name", product.name);
    data.set("price", product.price);
    data.set("description", text_or_nothing(product.description));
    data.set("created_at", created);
    data.set("created", to_minutes(created));
    data.set("updated_at", updated);
    data.set("updated", to_minutes(updated));
    data.set("was_changed", product.version > 1);
    return data;
}

page_data conflict_data(const product::product_view& product, const parameters& typed, const std::string& form) {
    const auto mine = read_product(typed);
    page_data facts{page_data::type::list};
    facts.push_back(fact("Name", product.name, product.name != mine.name));
    facts.push_back(fact("Price", product.price, product.price != mine.price));
    facts.push_back(fact("Description", product.description, product.description != mine.description, true));
    page_data data;
    data.set("id", product.id);
    data.set("facts", facts);
    data.set("form", form);
    return data;
}

}  // namespace web
