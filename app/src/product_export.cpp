#include <algorithm>

#include "operations.hpp"
#include "output.hpp"
#include "patient_api.hpp"
#include "progress_line.hpp"
#include "whole_file.hpp"

namespace app {
namespace {

using core::exit_code;

const std::string first_page = "/api/v1/products/export?size=500";

// <path>; rel="next"
std::string next_of(const http_answer& answer) {
    const auto end = answer.link.find(">; rel=\"next\"");
    return end == std::string::npos ? std::string{} : answer.link.substr(1, end - 1);
}

// Hands each page on; how many products there were.
template <class Take>
std::int64_t read_all(patient_api& api, Take take) {
    std::int64_t products = 0;
    progress_line progress;
    for (auto page = first_page; !page.empty();) {
        const auto answer = api.send({.path = page}, "");
        if (answer.status != 200) throw core::fatal_error{exit_code::no, reason_in(answer)};
        take(answer.text);
        products += std::ranges::count(answer.text, '\n');
        progress.show(std::to_string(products) + " products");
        page = next_of(answer);
    }
    return products;
}

void take_to_output(const std::string& lines) {
    if (!print(lines)) throw core::fatal_error{exit_code::no, "standard output cannot be written to"};
}

}  // namespace

exit_code export_products(const command& command, const config::loaded& configuration) {
    patient_api api{configuration.values};
    const auto& place = command.operation.file;
    if (place.empty() || place == "-") {
        std::ignore = read_all(api, &take_to_output);
        return exit_code::done;
    }
    whole_file file{place};
    const auto products = read_all(api, [&file](const std::string& lines) { file.write(lines); });
    file.finish();
    if (command.as_json)
        print_json({{"products", products}, {"file", place}});
    else
        print(std::to_string(products) + " products are in " + place + "\n");
    return exit_code::done;
}

}  // namespace app
