#include "log_line.hpp"

#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

constexpr std::size_t longest_level = 7;

}  // namespace

std::string log_line(const nlohmann::ordered_json& entry) {
    auto level = text_of(entry, "level");
    level.resize(std::max(level.size(), longest_level), ' ');
    auto line = text_of(entry, "time") + ' ' + level + ' ' + text_of(entry, "module") + ": " + text_of(entry, "name");
    const auto data = entry.find("data");
    if (data != entry.end() && data->is_object())
        for (const auto& [name, value] : data->items()) line += "  " + name + '=' + value.dump();
    else if (data != entry.end() && !data->is_null())
        line += "  " + data->dump();
    if (const auto trace = text_of(entry, "trace_id"); !trace.empty()) line += "  trace=" + trace;
    return printable(line);
}

}  // namespace app
