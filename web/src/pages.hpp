#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>
#include <web/response.hpp>

namespace web {

using page_data = kainjow::mustache::data;

// A section of a template is left out for what is false, but not for an empty text.
[[nodiscard]] page_data text_or_nothing(std::string_view text);

// The pages for people: templates without logic, every value escaped for HTML. Loop thread.
class pages {
public:
    // `is_public`: whether the head of the page leads to what anyone may do; `has_products`: to the products too.
    explicit pages(bool is_public, bool has_products = false);

    struct frame {
        std::string_view title;
        std::string_view kind = "narrow";         // class of <main>
        std::vector<std::string_view> scripts{};  // names of assets
        std::string_view place{};                 // register, login, account, products: marked in the head of the page
        std::string_view form_token{};            // given: somebody is signed in
    };
    // `name`: of a file in pages/, without its ending. Throws std::out_of_range when there is none.
    [[nodiscard]] std::string render(std::string_view name, const page_data& data, const frame& frame) const;
    // Without a frame, to be put into a page.
    [[nodiscard]] std::string render_part(std::string_view name, const page_data& data) const;
    [[nodiscard]] std::string error(const problem_details& trouble, std::string_view trace_id) const;

private:
    bool is_public_;
    bool has_products_;
    // Rendering keeps its last error in the template.
    mutable std::unordered_map<std::string, kainjow::mustache::mustache> templates_;
};

}  // namespace web
