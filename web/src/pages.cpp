#include "pages.hpp"

#include <core/embedded_file.hpp>
#include <span>
#include <stdexcept>

#include "assets.hpp"

namespace web {

std::span<const core::embedded_file> page_files();

namespace {

constexpr std::string_view ending = ".mustache";

// What a person can do about it, where the detail alone does not say so.
std::string advice(int status) {
    switch (status) {
        case 404:
            return "There is nothing at this address. It may have moved, or the link is not complete.";
        case 413:
            return "That was more than this server takes in one piece.";
        case 500:
            return "Something went wrong on our side. It is in the log, under the trace below.";
        case 503:
            return "This part is not available right now. Please try again in a moment.";
        case 507:
            return "There is no space left to keep what you sent. Nothing was stored.";
        default:
            return {};
    }
}

}  // namespace

page_data text_or_nothing(std::string_view text) {
    return text.empty() ? page_data{page_data::type::bool_false} : page_data{std::string{text}};
}

pages::pages(bool is_public, bool has_products) : is_public_{is_public}, has_products_{has_products} {
    for (const auto& file : page_files()) {
        kainjow::mustache::mustache page{std::string{file.content}};
        if (!page.is_valid()) throw std::logic_error{"page " + std::string{file.name} + ": " + page.error_message()};
        templates_.emplace(std::string{file.name.substr(0, file.name.size() - ending.size())}, std::move(page));
    }
}

std::string pages::render(std::string_view name, const page_data& data, const frame& frame) const {
    page_data outer;
    outer.set("content", render_part(name, data));
    outer.set("title", std::string{frame.title});
    outer.set("kind", std::string{frame.kind});
    outer.set("at_" + std::string{frame.place}, true);
    outer.set("signed_in", !frame.form_token.empty());
    outer.set("form_token", std::string{frame.form_token});
    outer.set("public", is_public_);
    outer.set("has_products", has_products_);
    outer.set("css_version", std::string{find_asset("busbar.css")->version});
    page_data scripts{page_data::type::list};
    for (const auto script : frame.scripts) {
        page_data one;
        one.set("name", std::string{script});
        one.set("version", std::string{find_asset(script)->version});
        scripts.push_back(one);
    }
    outer.set("scripts", scripts);
    return templates_.at("layout").render(outer);
}

std::string pages::render_part(std::string_view name, const page_data& data) const {
    return templates_.at(std::string{name}).render(data);
}

std::string pages::error(const problem_details& trouble, std::string_view trace_id) const {
    const auto known = advice(trouble.status);
    page_data data;
    data.set("status", std::to_string(trouble.status));
    data.set("title", std::string{reason_phrase(trouble.status)});
    data.set("detail", known.empty() ? trouble.detail : known);
    data.set("trace_id", std::string{trace_id});
    return render("error", data, {.title = reason_phrase(trouble.status)});
}

}  // namespace web
