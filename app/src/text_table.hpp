#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace app {

// Data is not to be trusted with a terminal: control characters, and those that turn the direction of writing, become
// \xNN. A line break is one of them.
[[nodiscard]] std::string printable(std::string_view text);
// The same for each line of a text of many, behind `indent`. Ends with a line break.
[[nodiscard]] std::string printable_lines(std::string_view text, std::string_view indent = {});

// Rows in columns that are as wide as their widest cell; the last one is not filled up.
class text_table {
public:
    explicit text_table(std::vector<std::string> titles);
    void add(std::vector<std::string> row);
    // What `least` makes wider than its cells: for rows that are printed as they come.
    [[nodiscard]] std::string text(const std::vector<std::size_t>& least = {}) const;
    // One line of a table whose columns are this wide.
    [[nodiscard]] static std::string line(const std::vector<std::string>& row, const std::vector<std::size_t>& widths);

private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace app
