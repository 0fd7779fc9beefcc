#include "trace_waterfall.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <vector>

#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t bar_width = 32;
constexpr std::size_t deepest_indent = 20;  // steps

// 12.3 ms, 4.56 s
std::string time_text(double milliseconds) {
    std::array<char, 32> text{};
    if (milliseconds < 10'000)
        std::snprintf(text.data(), text.size(), "%.2f ms", milliseconds);
    else
        std::snprintf(text.data(), text.size(), "%.2f s", milliseconds / 1000);
    return text.data();
}

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string bar(double begin, double length, double whole) {
    const auto column = [whole](double time) {
        const auto place = whole > 0 ? std::floor(time / whole * bar_width) : 0;
        return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bar_width - 1)));
    };
    const auto first = column(begin);
    const auto last = column(begin + length);
    return std::string(first, ' ') + std::string(last - first + 1, '=') + std::string(bar_width - 1 - last, ' ');
}

class printer {
public:
    explicit printer(const json& trace) : spans_{trace.at("spans")}, whole_{trace.at("duration_ms").get<double>()} {
        std::map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < spans_.size(); ++i) places[text_of(spans_[i], "span_id")] = i;
        for (std::size_t i = 0; i < spans_.size(); ++i) {
            const auto parent = places.find(text_of(spans_[i], "parent_span_id"));
            // What it is a part of may have been lost, or is elsewhere.
            (parent == places.end() ? tops_ : children_[parent->second]).push_back(i);
        }
    }

    std::string text() {
        for (const auto top : tops_) print(top);
        // Spans that are each other's part, as a broken program might say.
        for (std::size_t i = 0; i < spans_.size(); ++i) print(i);
        return std::move(text_);
    }

private:
    // Without recursion: the depth is what other programs say.
    void print(std::size_t top) {
        std::vector<std::pair<std::size_t, std::size_t>> waiting{{top, 0}};  // with their depth
        while (!waiting.empty()) {
            const auto [place, depth] = waiting.back();
            waiting.pop_back();
            if (is_printed_[place]) continue;
            is_printed_[place] = true;
            print_line(spans_[place], depth);
            const auto& below = children_[place];
            for (auto child = below.rbegin(); child != below.rend(); ++child) waiting.emplace_back(*child, depth + 1);
        }
    }

    void print_line(const json& span, std::size_t depth) {
        const auto begin = span.at("offset_ms").get<double>();
        const auto length = span.at("duration_ms").get<double>();
        text_ += right(time_text(begin), 11) + right(time_text(length), 12) + "  |" + bar(begin, length, whole_) +
                 "|  " + std::string(2 * std::min(depth, deepest_indent), ' ');
        auto line = text_of(span, "name") + "  [" + text_of(span, "module");
        if (const auto& attributes = span.at("attributes"); attributes.contains("busbar.attempt"))
            line += ", attempt " + text_of(attributes, "busbar.attempt");
        line += "]";
        if (text_of(span, "status") == "error") {
            line += "  failed";
            if (const auto& attributes = span.at("attributes"); attributes.contains("error.type"))
                line += ": " + text_of(attributes, "error.type");
            if (!text_of(span, "error").empty()) line += ": " + text_of(span, "error");
        }
        text_ += printable(line) + "\n";
    }

    const json& spans_;
    const double whole_;
    std::vector<std::size_t> tops_;
    std::map<std::size_t, std::vector<std::size_t>> children_;
    std::map<std::size_t, bool> is_printed_;
    std::string text_;
};

}  // namespace

std::string waterfall(const json& trace) {
    const auto count = trace.at("span_count").get<std::int64_t>();
    const auto shown = static_cast<std::int64_t>(trace.at("spans").size());
    auto text = printable(text_of(trace, "name") + "  " + text_of(trace, "started_at")) + "  " +
                time_text(trace.at("duration_ms").get<double>()) + ", " + std::to_string(count) +
                (count == 1 ? " span" : " spans") +
                (shown < count ? ", of which these are the first " + std::to_string(shown) : std::string{}) + "\n\n";
    return text + printer{trace}.text();
}

}  // namespace app
