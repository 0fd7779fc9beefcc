#pragma once

#include <product/messages.hpp>
#include <string_view>
#include <web/router.hpp>

#include "user_routes.hpp"
#include "written_position.hpp"

namespace web {

// Products for people: the same as product_routes, as pages. Anyone reads, users write; each change says which version
// it is about, so nobody overwrites what they have not seen. Lives as long as the router.
class product_pages {
public:
    product_pages(site site, written_position& written) : site_{site}, written_{written} {}
    void add_to(router& router);

private:
    core::awaitable<response> list(request& request);
    core::awaitable<response> show(request& request);
    core::awaitable<response> show_new(request& request);
    core::awaitable<response> create(request& request);
    core::awaitable<response> show_edit(request& request);
    core::awaitable<response> update(request& request);
    core::awaitable<response> show_delete(request& request);
    core::awaitable<response> remove(request& request);

    core::awaitable<core::result<product::product_view>> find(const request& request) const;
    core::awaitable<response> show_conflict(request& request, parameters typed, core::error trouble);
    core::awaitable<response> ask_again(request& request, core::error trouble);
    [[nodiscard]] response show_gone(const request& request, const parameters& typed) const;
    [[nodiscard]] response form(const request& request, const form_view& form, const parameters& typed,
                                const form_trouble* trouble = nullptr) const;
    [[nodiscard]] response question(const request& request, const product::product_view& product,
                                    const core::error* trouble = nullptr) const;
    [[nodiscard]] response page(const request& request, std::string_view name, page_data data, pages::frame frame,
                                const core::error* trouble = nullptr) const;

    site site_;
    written_position& written_;
};

}  // namespace web
