#include <algorithm>
#include <core/clock.hpp>
#include <iterator>

#include "event_pages.hpp"
#include "fuzz.hpp"
#include "text.hpp"

// Cursors of event pages: as a client sends them, and what one sees who follows them to the end. The first byte says
// which; for the second, the others make the logs.
namespace {

using fuzz::claim;
using log = std::vector<bus::event_view>;  // oldest first
using logs = std::map<std::string, log>;

void check_text(std::string_view text) {
    const auto cut = web::read_event_cut(text);
    if (!cut) return;
    claim(!cut->sequences.empty(), "a cut is one through logs");
    for (const auto& [module, sequence] : cut->sequences)
        claim(!module.empty() && sequence >= 0 && sequence < INT64_MAX, "a place is one that a log can have");
    claim(!cut->until || core::from_rfc3339(core::to_rfc3339(*cut->until)) == cut->until, "its time is one");
    claim(web::read_event_cut(web::to_text(*cut)) == cut, "a cut is the same after a trip");
}

// Clocks go back, sequences never do.
logs make_logs(fuzz::choices& choose) {
    logs made{{"a", {}}, {"b", {}}, {"c", {}}};
    while (!choose.is_empty()) {
        const auto which = choose.below(made.size());
        auto& [name, events] = *std::next(made.begin(), static_cast<std::ptrdiff_t>(which));
        bus::event_view event;
        event.source = name;
        event.sequence = (events.empty() ? 0 : events.back().sequence) + 1 + static_cast<std::int64_t>(choose.below(3));
        event.time = core::timestamp{std::chrono::milliseconds{choose.byte()}};
        events.push_back(event);
    }
    return made;
}

std::size_t count(const logs& logs) {
    std::size_t all = 0;
    for (const auto& [name, events] : logs) all += events.size();
    return all;
}

// What a module answers: up to one more than the page takes, newest first and not behind the cut.
log before(const log& events, std::int64_t cut, std::size_t most) {
    log found;
    for (auto event = events.rbegin(); event != events.rend() && found.size() < most; ++event)
        if (event->sequence <= cut) found.push_back(*event);
    return found;
}

log after(const log& events, std::int64_t cut, std::size_t most) {
    log found;
    for (const auto& event : events)
        if (event.sequence > cut && found.size() < most) found.push_back(event);
    return found;
}

void check_newest_first(logs logs, std::size_t size) {
    std::map<std::string, std::int64_t> last;
    std::optional<web::event_cut> cut;
    std::size_t seen = 0;
    const auto all = count(logs);
    while (true) {
        std::vector<web::log_slice> slices;
        for (const auto& [name, events] : logs) {
            const auto place = cut ? cut->sequences.at(name) : INT64_MAX;
            slices.push_back({.source = name, .events = before(events, place, size + 1), .cut = cut ? place : 0});
        }
        const auto page = web::newest_events(std::move(slices), size);
        for (const auto& event : page.items) {
            const auto [known, is_first] = last.emplace(event.source, event.sequence);
            claim(is_first || event.sequence < known->second, "each log goes back, and nothing comes twice");
            known->second = event.sequence;
        }
        seen += page.items.size();
        claim(page.items.size() <= size && (page.items.size() == size || !page.has_more), "a page is full or the last");
        if (!page.has_more) break;
        cut = web::read_event_cut(web::to_text(page.next));
        claim(cut.has_value(), "the next page can be asked for");
        for (auto& [name, events] : logs) {  // what comes meanwhile is on no later page
            bus::event_view added;
            added.source = name;
            added.sequence = (events.empty() ? 0 : events.back().sequence) + 1;
            events.push_back(added);
        }
    }
    claim(seen == all, "nothing is left out, nothing that came later is in");
}

void check_oldest_first(const logs& logs, std::size_t size) {
    std::map<std::string, std::int64_t> last;
    web::event_cut cut{.sequences = {{"a", 0}, {"b", 0}, {"c", 0}}};
    std::size_t seen = 0;
    for (bool has_more = true; has_more;) {
        std::vector<web::log_slice> slices;
        for (const auto& [name, events] : logs)
            slices.push_back({.source = name,
                              .events = after(events, cut.sequences.at(name), size + 1),
                              .cut = cut.sequences.at(name)});
        const auto page = web::next_events(std::move(slices), size);
        for (const auto& event : page.items) {
            claim(event.sequence > last[event.source], "each log goes on, and nothing comes twice");
            last[event.source] = event.sequence;
        }
        seen += page.items.size();
        has_more = page.has_more;
        const auto next = web::read_event_cut(web::to_text(page.next));
        claim(next == page.next, "the next page can be asked for");
        cut = *next;
    }
    claim(seen == count(logs), "nothing is left out");
}

}  // namespace

void fuzz_one(std::string_view bytes) {
    fuzz::choices choose{bytes};
    const auto way = choose.below(3);
    if (way == 0) return check_text(choose.rest());
    const auto size = choose.below(4) + 1;
    const auto made = make_logs(choose);
    way == 1 ? check_newest_first(made, size) : check_oldest_first(made, size);
}
