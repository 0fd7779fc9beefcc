#include "product_pages.hpp"

#include <core/hex.hpp>
#include <functional>
#include <utility>

#include "body.hpp"
#include "cookies.hpp"
#include "product_forms.hpp"
#include "product_list.hpp"

namespace web {
namespace {

constexpr std::string_view place = "products";
// 10,000 characters of four bytes, each of which a form may write as %XX, and the rest.
constexpr std::size_t largest_form = 160UZ * 1024;

std::string id_in(const request& request) { return request.path_parameters.value_or_empty("id"); }

std::string address_of(const std::string& id) { return "/products/" + id; }

response done(std::string address, notice what) {
    auto answer = redirect(std::move(address));
    leave_notice(answer, what);
    return answer;
}

}  // namespace

void product_pages::add_to(router& router) {
    using std::bind_front;
    const route_options for_anyone{.knows_session = true};
    const route_options for_user{.who = access::user, .body_limit = largest_form};
    router.add("GET", "/products", bind_front(&product_pages::list, this), for_anyone);
    router.add("GET", "/products/new", bind_front(&product_pages::show_new, this), for_user);
    router.add("POST", "/products/new", bind_front(&product_pages::create, this), for_user);
    router.add("GET", "/products/{id}", bind_front(&product_pages::show, this), for_anyone);
    router.add("POST", "/products/{id}", bind_front(&product_pages::update, this), for_user);
    router.add("GET", "/products/{id}/edit", bind_front(&product_pages::show_edit, this), for_user);
    router.add("GET", "/products/{id}/delete", bind_front(&product_pages::show_delete, this), for_user);
    router.add("POST", "/products/{id}/delete", bind_front(&product_pages::remove, this), for_user);
}

core::awaitable<response> product_pages::list(request& request) {
    std::vector<core::field_error> errors;
    const auto filter = read_product_filter(request, errors);
    auto question = question_for(filter);
    question.not_before = written_.read_from();
    core::result<product::product_page> found = core::invalid(std::move(errors));
    if (found.error().fields.empty()) found = co_await site_.modules.ask(std::move(question), request);
    if (!found && found.error().kind != core::error_kind::invalid) co_return problem(found.error());
    const pages::frame frame{.title = found ? "Products" : "Please check: products",
                             .kind = "stack",
                             .scripts = {"products.js"},
                             .place = place};
    co_return page(request, "products", product_list_data(filter, found), frame, found ? nullptr : &found.error());
}

core::awaitable<response> product_pages::show(request& request) {
    const auto found = co_await find(request);
    if (!found) co_return problem(found.error());
    auto data = product_data(*found);
    data.set("may_write", request.session.has_value());
    co_return page(request, "product", std::move(data), {.title = found->name, .kind = "stack", .place = place});
}

core::awaitable<response> product_pages::show_new(request& request) {
    co_return form(request, new_product_form(core::random_token()), {});
}

core::awaitable<response> product_pages::create(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    auto product = read_product(*typed);
    product::create_product message{std::move(product.name), std::move(product.description), std::move(product.price)};
    auto made = co_await site_.modules.ask_once(std::move(message), request, product.key);
    if (made) {
        written_.note(made->position.value_or(0));
        co_return done(address_of(made->id), notice::product_created);
    }
    if (made.error().code == "idempotency-key-reused") {
        made.error().detail =
            "A product was made with this form already. Send it again to make another one of what is in it now.";
        product.key = core::random_token();
    }
    if (!keeps_form(made.error().kind)) co_return problem(made.error());
    const form_trouble trouble{made.error()};
    co_return form(request, new_product_form(std::move(product.key)), *typed, &trouble);
}

core::awaitable<response> product_pages::show_edit(request& request) {
    const auto found = co_await find(request);
    if (!found) co_return problem(found.error());
    const auto action = address_of(found->id);
    co_return form(request, edit_form(action, std::to_string(found->version)), fields_of(*found));
}

core::awaitable<response> product_pages::update(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    auto product = read_product(*typed);
    product::update_product message{.id = id_in(request),
                                    .name = std::move(product.name),
                                    .description = std::move(product.description),
                                    .price = std::move(product.price),
                                    .versions = std::move(product.versions)};
    const auto changed = co_await site_.modules.ask(std::move(message), request);
    if (changed) {
        written_.note(changed->position.value_or(0));
        co_return done(address_of(changed->id), notice::product_saved);
    }
    if (changed.error().kind == core::error_kind::precondition_failed)
        co_return co_await show_conflict(request, *typed, changed.error());
    if (changed.error().kind == core::error_kind::not_found) co_return show_gone(request, *typed);
    if (!keeps_form(changed.error().kind)) co_return problem(changed.error());
    const form_trouble trouble{changed.error()};
    const auto action = address_of(id_in(request));
    co_return form(request, edit_form(action, typed->value_or_empty("version")), *typed, &trouble);
}

// The form goes on with the version that is shown beside it: whoever sends it now has seen what it replaces.
core::awaitable<response> product_pages::show_conflict(request& request, parameters typed, core::error trouble) {
    const auto found = co_await find(request);
    if (!found && found.error().kind == core::error_kind::not_found) co_return show_gone(request, typed);
    if (!found) co_return problem(found.error());
    const auto action = address_of(found->id);
    auto view = edit_form(action, std::to_string(found->version));
    view.button = "Save what I typed";
    const auto ticket = site_.forms.issue(request);
    auto data = conflict_data(*found, typed, render_form(site_.pages, view, ticket, typed, nullptr));
    co_return page(request, "product_conflict", std::move(data),
                   {.title = "Please check: changed meanwhile", .kind = "stack roomy", .place = place}, &trouble);
}

// What was typed is not lost: it can become a product of its own.
response product_pages::show_gone(const request& request, const parameters& typed) const {
    const form_trouble trouble{
        {core::error_kind::not_found,
         "Somebody has deleted this product meanwhile. What you typed is still here: you can make a new one of it."}};
    return form(request, new_product_form(core::random_token()), typed, &trouble);
}

core::awaitable<response> product_pages::show_delete(request& request) {
    const auto found = co_await find(request);
    co_return found ? question(request, *found) : problem(found.error());
}

core::awaitable<response> product_pages::remove(request& request) {
    const auto typed = read_form(request);
    if (!typed) co_return typed.error();
    const auto removed =
        co_await site_.modules.ask(product::delete_product{id_in(request), read_product(*typed).versions}, request);
    if (removed) written_.note(removed->position);
    // One that is gone already is as good as deleted.
    if (removed || removed.error().kind == core::error_kind::not_found)
        co_return done("/products", notice::product_deleted);
    co_return co_await ask_again(request, removed.error());
}

core::awaitable<response> product_pages::ask_again(request& request, core::error trouble) {
    const bool was_changed = trouble.kind == core::error_kind::precondition_failed;
    if (!was_changed && !keeps_form(trouble.kind)) co_return problem(trouble);
    const auto found = co_await find(request);
    if (!found) co_return problem(found.error());
    if (was_changed)
        trouble.detail = "Somebody has changed this product since you looked at it. This is what it is now.";
    co_return question(request, *found, &trouble);
}

core::awaitable<core::result<product::product_view>> product_pages::find(const request& request) const {
    co_return co_await site_.modules.ask(product::get_product{id_in(request), written_.read_from()}, request);
}

response product_pages::form(const request& request, const form_view& form, const parameters& typed,
                             const form_trouble* trouble) const {
    const bool is_new = form.action == new_product_address;
    const form_page page{.title = is_new ? "New product" : "Edit the product",
                         .heading = is_new ? "New product" : "Edit the product",
                         .links = {{is_new ? "/products" : form.action, "Leave it, and go back"}},
                         .place = place,
                         .kind = "stack"};
    return show_form_page(site_.pages, site_.forms, request, page, form, typed, trouble);
}

response product_pages::question(const request& request, const product::product_view& product,
                                 const core::error* trouble) const {
    const auto ticket = site_.forms.issue(request);
    const auto action = address_of(product.id) + "/delete";
    const auto trouble_of_form = trouble ? form_trouble{*trouble} : form_trouble{};
    auto data = product_data(product);
    data.set("form", render_form(site_.pages, delete_form(action, product.version), ticket, {},
                                 trouble ? &trouble_of_form : nullptr));
    return page(request, "product_delete", std::move(data),
                {.title = "Delete the product", .kind = "stack", .place = place}, trouble);
}

response product_pages::page(const request& request, std::string_view name, page_data data, pages::frame frame,
                             const core::error* trouble) const {
    const auto ticket = site_.forms.issue(request);
    if (request.session) frame.form_token = ticket.token;
    if (!trouble) data.set("notice", text_or_nothing(notice_for(request)));
    auto answer = as_page(trouble, site_.pages.render(name, data, frame));
    if (request.session) form_guard::attach(answer, ticket);
    take_notice(answer, request);
    return answer;
}

}  // namespace web
