#include <algorithm>
#include <core/trace.hpp>
#include <harness/causal_tree.hpp>
#include <set>
#include <string_view>

namespace harness {
namespace {

constexpr std::size_t longest_data = 200;

std::string trace_of(const storage::event_record& event) {
    const auto trace = core::trace_context::parse(event.traceparent);
    return trace ? trace->trace_id : std::string{};
}

std::string cut(std::string text) {
    if (text.size() <= longest_data) return text;
    return text.substr(0, longest_data) + "…";
}

struct value_words {
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(bool truth) const { return truth ? "true" : "false"; }
    std::string operator()(auto number) const { return std::to_string(number); }
};

class printer {
public:
    explicit printer(const history& history) : history_{history} {}

    std::string print() {
        for (const auto& request : history_.notes.requests)
            if (!request.by_module) print_trace(request.from.trace.trace_id);
        for (const auto& event : history_.events)
            if (event.cause.empty()) print_trace(trace_of(event));
        print_rest();
        return std::move(text_);
    }

private:
    // One request, or what was published without one, and all that came of it.
    void print_trace(const std::string& trace) {
        if (!trace.empty() && !traces_.insert(trace).second) return;
        std::size_t depth = 0;
        for (const auto& request : history_.notes.requests) {
            if (request.by_module || request.from.trace.trace_id != trace) continue;
            line(0, "request " + request.name + ": " + request.outcome);
            depth = 1;
        }
        for (const auto& event : history_.events)
            if (event.cause.empty() && trace_of(event) == trace) print_event(event, depth);
        if (trace.empty()) return;
        for (const auto& entry : history_.entries)
            if (entry.trace_id == trace) print_entry(entry, depth == 0 ? 1 : depth);
    }

    void print_event(const storage::event_record& event, std::size_t depth) {
        if (!events_.insert(event.id).second) return;
        line(depth, event.type + " #" + std::to_string(event.sequence) + " " + cut(event.data));
        for (const auto& delivery : history_.notes.deliveries) {
            if (delivery.event_id != event.id) continue;
            line(depth + 1, "handler " + delivery.handler + ", attempt " + std::to_string(delivery.attempt) + ": " +
                                delivery.outcome);
        }
        for (const auto& request : history_.notes.requests)
            if (request.by_module && request.from.cause == event.id)
                line(depth + 2, "asks " + request.name + ": " + request.outcome);
        for (const auto& other : history_.events)
            if (other.cause == event.id) print_event(other, depth + 2);
    }

    void print_entry(const core::log_entry& entry, std::size_t depth) {
        std::string text{core::to_string(entry.level)};
        text += " " + entry.module + ": " + entry.name;
        for (const auto& [name, value] : entry.data) text += " " + name + "=" + cut(std::visit(value_words{}, value));
        line(depth, text);
    }

    void print_rest() {
        for (const auto& event : history_.events) print_event(event, 0);
        for (const auto& entry : history_.entries)
            if (entry.trace_id.empty() || !traces_.contains(entry.trace_id)) print_entry(entry, 0);
    }

    void line(std::size_t depth, std::string_view text) { text_.append(depth * 2, ' ').append(text).append("\n"); }

    const history& history_;
    std::string text_;
    std::set<std::string> traces_;
    std::set<std::string> events_;
};

}  // namespace

std::string causal_tree(const history& history) { return printer{history}.print(); }

}  // namespace harness
