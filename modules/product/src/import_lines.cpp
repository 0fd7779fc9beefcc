#include "import_lines.hpp"

#include <bus/json.hpp>
#include <bus/json_depth.hpp>
#include <map>
#include <utility>

namespace product {
namespace {

constexpr std::size_t most_lines = 500;
constexpr std::size_t most_errors_of_a_line = 10;

// What a line may have: what can be set, and what else an exported product has, which is not looked at.
struct product_line {
    std::optional<std::string> id{};
    std::string name{};
    std::string description{};
    nlohmann::json price{};
    std::optional<nlohmann::json> version{};
    std::optional<nlohmann::json> created_at{};
    std::optional<nlohmann::json> updated_at{};
};
BOOST_DESCRIBE_STRUCT(product_line, (), (id, name, description, price, version, created_at, updated_at))

std::expected<imported_line, field_errors> read_line(std::string_view text) {
    auto line = bus::decode<product_line>(text, bus::reading::input);
    if (!line) return std::unexpected{std::move(line.error())};
    auto checked = check({std::move(line->name), std::move(line->description), std::move(line->price)});
    field_errors problems;
    if (!checked) problems = std::move(checked.error());
    if (line->id && !is_product_id(*line->id))
        problems.push_back({"id", "must be the id of a product: a UUID of version 7, in lower case"});
    if (!problems.empty()) return std::unexpected{std::move(problems)};
    return imported_line{.id = std::move(line->id), .fields = std::move(*checked)};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

class import_reader {
public:
    void take(std::string_view text) {
        ++number_;
        if (is_blank(text)) return;
        if (++taken_ == most_lines + 1) add("", "is one more than the 500 that may come at once");
        if (taken_ > most_lines) return;
        auto line = read_line(text);
        if (!line) return add_all(line.error());
        line->number = number_;
        if (line->id && !is_first(*line->id)) return;
        lines_.push_back(std::move(*line));
    }

    std::expected<std::vector<imported_line>, field_errors> result() {
        if (!errors_.empty()) return std::unexpected{std::move(errors_)};
        return std::move(lines_);
    }

private:
    bool is_first(const std::string& id) {
        const auto [known, is_new] = numbers_.emplace(id, number_);
        if (!is_new) add("id", "is that of line " + std::to_string(known->second) + " too");
        return is_new;
    }

    void add(const std::string& field, std::string detail) {
        errors_.push_back({"line " + std::to_string(number_) + (field.empty() ? "" : ": " + field), std::move(detail)});
    }
    void add_all(field_errors& errors) {
        if (errors.size() > most_errors_of_a_line) errors.resize(most_errors_of_a_line);
        for (auto& [field, detail] : errors) add(field, std::move(detail));
    }

    std::size_t number_ = 0;
    std::size_t taken_ = 0;
    std::vector<imported_line> lines_;
    std::map<std::string, std::size_t> numbers_;  // of the lines, by id
    field_errors errors_;
};

}  // namespace

std::expected<std::vector<imported_line>, field_errors> read_import(std::string_view text) {
    import_reader reader;
    while (!text.empty()) {
        const auto end = text.find('\n');
        reader.take(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return reader.result();
}

}  // namespace product
