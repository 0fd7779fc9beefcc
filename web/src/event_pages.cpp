#include "event_pages.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <tuple>
#include <utility>

namespace web {
namespace {

constexpr std::string_view until_name = "until";         // no module has this name
constexpr std::int64_t last_time = 253'402'300'799'999;  // milliseconds: the last that RFC 3339 can write
constexpr char between_parts = '_';
constexpr char before_number = '-';

// Takes events from the heads of the slices; `comes_first` chooses between two of them.
class merge {
public:
    using order = std::function<bool(const bus::event_view&, const bus::event_view&)>;

    merge(std::vector<log_slice>& slices, const order& comes_first) : slices_{slices}, taken_(slices.size()) {
        order_ = [&comes_first, this](std::size_t a, std::size_t b) {
            return comes_first(slices_[a].events[taken_[a]], slices_[b].events[taken_[b]]);
        };
    }
    std::vector<bus::event_view> take(std::size_t most) {
        std::vector<bus::event_view> items;
        while (items.size() < most) {
            std::optional<std::size_t> first;
            for (std::size_t i = 0; i < slices_.size(); ++i)
                if (!is_empty(i) && (!first || order_(i, *first))) first = i;
            if (!first) break;
            items.push_back(slices_[*first].events[taken_[*first]++]);
        }
        return items;
    }
    [[nodiscard]] bool is_empty(std::size_t slice) const { return taken_[slice] == slices_[slice].events.size(); }
    [[nodiscard]] bool is_empty() const {
        for (std::size_t i = 0; i < slices_.size(); ++i)
            if (!is_empty(i)) return false;
        return true;
    }
    // The last that was taken of a slice.
    [[nodiscard]] std::optional<std::int64_t> last(std::size_t slice) const {
        if (taken_[slice] == 0) return std::nullopt;
        return slices_[slice].events[taken_[slice] - 1].sequence;
    }

private:
    std::vector<log_slice>& slices_;
    std::vector<std::size_t> taken_;
    std::function<bool(std::size_t, std::size_t)> order_;
};

auto place_of(const bus::event_view& event) { return std::tie(event.time, event.source); }

std::int64_t cut_before(const log_slice& slice, std::optional<std::int64_t> last) {
    if (last) return *last - 1;
    // Nothing of it was taken, but what is added from now on belongs to no later page.
    return slice.events.empty() ? slice.cut : slice.events.front().sequence;
}

std::int64_t cut_after(const log_slice& slice, std::optional<std::int64_t> last, bool is_empty) {
    if (!is_empty) return last.value_or(slice.events.front().sequence - 1);
    // All of it was taken. What a filter has left out up to the head need not be looked at again.
    return std::max({slice.cut, last.value_or(0), slice.head.value_or(0)});
}

}  // namespace

std::string to_text(const event_cut& cut) {
    std::string text;
    const auto add = [&text](std::string_view name, std::int64_t number) {
        if (!text.empty()) text += between_parts;
        text.append(name).push_back(before_number);
        text += std::to_string(number);
    };
    for (const auto& [module, sequence] : cut.sequences) add(module, sequence);
    if (cut.until) add(until_name, cut.until->time_since_epoch().count());
    return text;
}

std::optional<event_cut> read_event_cut(std::string_view text) {
    event_cut cut;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(between_parts));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const auto split = part.find(before_number);
        if (split == 0 || split == std::string_view::npos) return std::nullopt;
        std::int64_t number = 0;
        const auto* const end = part.data() + part.size();
        const auto [stop, failure] = std::from_chars(part.data() + split + 1, end, number);
        if (failure != std::errc{} || stop != end || number < 0 || number == INT64_MAX) return std::nullopt;
        const bool is_until = part.substr(0, split) == until_name;
        if (is_until && number > last_time) return std::nullopt;
        if (is_until)
            cut.until = core::timestamp{std::chrono::milliseconds{number}};
        else if (!cut.sequences.emplace(part.substr(0, split), number).second)
            return std::nullopt;
    }
    return cut.sequences.empty() ? std::nullopt : std::optional{std::move(cut)};
}

event_page newest_events(std::vector<log_slice> slices, std::size_t size) {
    const merge::order newer = [](const auto& a, const auto& b) { return place_of(a) > place_of(b); };
    merge heads{slices, newer};
    event_page page;
    page.items = heads.take(size);
    page.has_more = !heads.is_empty();
    for (std::size_t i = 0; i < slices.size(); ++i)
        page.next.sequences[slices[i].source] = cut_before(slices[i], heads.last(i));
    return page;
}

event_page next_events(std::vector<log_slice> slices, std::size_t size) {
    const merge::order older = [](const auto& a, const auto& b) { return place_of(a) < place_of(b); };
    merge heads{slices, older};
    event_page page;
    page.items = heads.take(size);
    page.has_more = !heads.is_empty();
    for (std::size_t i = 0; i < slices.size(); ++i)
        page.next.sequences[slices[i].source] = cut_after(slices[i], heads.last(i), heads.is_empty(i));
    return page;
}

}  // namespace web
