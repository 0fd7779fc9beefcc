#include <algorithm>
#include <boost/asio/execution_context.hpp>
#include <boost/intrusive/set.hpp>
#include <core/deadline.hpp>

namespace core {
namespace {

// So late a loop that nothing else keeps running may end.
constexpr std::chrono::milliseconds longest_wait{50};

}  // namespace

// Those of one loop.
class deadlines final : public asio::execution_context::service {
public:
    using key_type = deadlines;
    static inline asio::execution_context::id id;

    explicit deadlines(asio::execution_context& loop)
        : service{loop}, timer_{static_cast<asio::io_context&>(loop).get_executor()} {}

    void add(deadline& one) {
        pending_.insert(one);
        if (!is_waiting_ || one.time_ < timer_.expiry()) wait();
    }

    void remove(deadline& one) { pending_.erase(pending_.iterator_to(one)); }

private:
    using clock = std::chrono::steady_clock;

    void shutdown() override {}

    void wait() {
        is_waiting_ = true;
        timer_.expires_at(std::min(pending_.begin()->time_, clock::now() + longest_wait));
        timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            is_waiting_ = false;
            end_due();
            if (!pending_.empty() && !is_waiting_) wait();
        });
    }

    // What is resumed may add others and remove any.
    void end_due() {
        const auto now = clock::now();
        while (!pending_.empty() && pending_.begin()->time_ <= now) {
            auto& due = *pending_.begin();
            pending_.erase(pending_.begin());
            due.is_over_ = true;
            due.signal_.emit(asio::cancellation_type::terminal);
        }
    }

    boost::intrusive::multiset<deadline> pending_;
    steady_timer timer_;
    bool is_waiting_ = false;
};

deadline::deadline(executor executor, std::chrono::nanoseconds limit, asio::cancellation_signal& signal)
    : time_{std::chrono::steady_clock::now() + limit},
      signal_{signal},
      all_{asio::use_service<deadlines>(executor.context())} {
    all_.add(*this);
}

deadline::~deadline() {
    if (!is_over_) all_.remove(*this);
}

}  // namespace core
