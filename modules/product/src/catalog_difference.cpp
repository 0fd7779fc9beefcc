#include "catalog_difference.hpp"

#include <utility>

namespace product {
namespace {

std::string fields_that_differ(const product_view& written, const product_view& shown) {
    std::string names;
    for (const auto& [name, differs] : {std::pair{"name", written.name != shown.name},
                                        {"description", written.description != shown.description},
                                        {"price", written.price != shown.price},
                                        {"created_at", written.created_at != shown.created_at},
                                        {"updated_at", written.updated_at != shown.updated_at}})
        if (differs) names += (names.empty() ? "" : ", ") + std::string{name};
    return names;
}

}  // namespace

std::string catalog_difference::describe() const {
    if (!shown) return "is not shown";
    if (!written) return "is shown, but there is no such product";
    if (written->version != shown->version)
        return "is shown at version " + std::to_string(shown->version) + ", and is at " +
               std::to_string(written->version);
    return "is shown with another " + fields_that_differ(*written, *shown);
}

std::vector<catalog_difference> differences_of(const std::vector<product_view>& written,
                                               const std::vector<product_view>& shown) {
    std::vector<catalog_difference> found;
    auto here = written.begin();
    auto there = shown.begin();
    while (here != written.end() || there != shown.end()) {
        if (there == shown.end() || (here != written.end() && here->id < there->id)) {
            found.push_back({here->id, *here, std::nullopt});
            ++here;
        } else if (here == written.end() || there->id < here->id) {
            found.push_back({there->id, std::nullopt, *there});
            ++there;
        } else {
            if (*here != *there) found.push_back({here->id, *here, *there});
            ++here;
            ++there;
        }
    }
    return found;
}

}  // namespace product
