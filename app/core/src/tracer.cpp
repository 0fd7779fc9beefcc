#include <algorithm>
#include <core/tracer.hpp>
#include <core/uuid.hpp>
#include <limits>

namespace core {
namespace {

// Paths and the names of foreign messages are as long as others like.
void shorten(std::string& text) {
    constexpr std::size_t longest = 1000;
    if (text.size() <= longest) return;
    auto end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;  // not within a character
    text.resize(end);
}

}  // namespace

std::string_view to_string(span_kind kind) {
    switch (kind) {
        case span_kind::internal:
            return "internal";
        case span_kind::server:
            return "server";
        case span_kind::client:
            return "client";
        case span_kind::producer:
            return "producer";
        case span_kind::consumer:
            return "consumer";
    }
    return "internal";
}

// A bucket of tokens that is filled continuously.
bool allowance::take(monotonic_time now) {
    left_ = std::min(per_second_, left_ + per_second_ * std::chrono::duration<double>(now - counted_at_).count());
    counted_at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
}

span& span::operator=(span&& other) noexcept {
    if (this == &other) return *this;
    end();
    open_ = std::move(other.open_);
    return *this;
}

void span::fail(std::string_view type, std::string text) {
    if (!open_) return;
    open_->record.has_failed = true;
    open_->record.failure = std::move(text);
    add("error.type", type);
}

void span::end() noexcept {
    if (!open_) return;
    const auto over = std::move(open_);
    over->owner.ended(*over);
}

span tracer::enter(std::string_view name, span_kind kind, std::string_view module, trace_context& trace,
                   bool begins_here) {
    if (!is_on_) return {};
    trace.sampled = (begins_here ? is_chosen() : trace.sampled) && new_traces_.take(time_.monotonic());
    auto first = begin(name, kind, module, trace);
    trace.sampled = first.is_recorded();
    if (first.open_ && begins_here) first.open_->record.parent_span_id.clear();
    return first;
}

bool tracer::is_chosen() const {
    if (rules_.share >= 1) return true;
    constexpr auto all = static_cast<double>(std::numeric_limits<std::uint64_t>::max());
    return static_cast<double>(random_word()) < rules_.share * all;
}

span tracer::begin(std::string_view name, span_kind kind, std::string_view module, trace_context& trace) {
    span result;
    if (!trace.sampled || !is_on_) return result;
    const auto now = time_.monotonic();
    if (!new_spans_.take(now)) {
        ++dropped_;
        return result;
    }
    const auto deeper = trace.child();
    result.open_ = std::make_unique<span::open>(*this, now,
                                                span_record{.trace_id = trace.trace_id,
                                                            .span_id = deeper.span_id,
                                                            .parent_span_id = std::move(trace.span_id),
                                                            .name = std::string{name},
                                                            .kind = kind,
                                                            .module = std::string{module},
                                                            .started_at = time_.now_finely()});
    trace.span_id = deeper.span_id;
    return result;
}

void tracer::ended(span::open& one) {
    one.record.duration = time_.monotonic() - one.began;
    shorten(one.record.name);
    shorten(one.record.failure);
    for (auto& [name, value] : one.record.attributes)
        if (auto* text = std::get_if<std::string>(&value)) shorten(*text);
    ++recorded_;
    if (over_.size() >= most_) {
        ++dropped_;
        return;
    }
    over_.push_back(std::move(one.record));
}

std::vector<span_record> tracer::take(std::size_t most) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, over_.size()));
    std::vector<span_record> taken{std::make_move_iterator(over_.begin()),
                                   std::make_move_iterator(over_.begin() + count)};
    over_.erase(over_.begin(), over_.begin() + count);
    return taken;
}

}  // namespace core
