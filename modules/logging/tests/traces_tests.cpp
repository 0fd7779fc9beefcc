#include <logging/traces.hpp>

#include "module_under_test.hpp"

namespace logging::test {
namespace {

using namespace std::chrono_literals;

class traces_under_test : public module_under_test {
public:
    using module_under_test::module_under_test;

    // `began`: after now.
    recorded_span span(std::string trace, const std::string& id, std::string parent = "",
                       std::chrono::milliseconds began = 0ms, std::chrono::milliseconds took = 10ms) {
        return {.trace_id = std::move(trace),
                .span_id = id,
                .parent_span_id = std::move(parent),
                .name = "GET /" + id,
                .kind = "server",
                .module = "web",
                .started_at = std::chrono::microseconds{world.clock.now().time_since_epoch() + began}.count(),
                .duration = std::chrono::microseconds{took}.count(),
                .has_failed = false,
                .failure = {},
                .attributes = {{"http.route", "/"}}};
    }
    core::awaitable<void> record(std::vector<recorded_span> spans, std::string process = "here:1") {
        emit(spans_recorded{std::move(process), std::move(spans)});
        co_await finished();
    }
    core::awaitable<std::vector<std::string>> found(search_traces query) {
        std::vector<std::string> ids;
        for (const auto& trace : (co_await request(std::move(query))).value().items) ids.push_back(trace.trace_id);
        co_return ids;
    }
};

using ids = std::vector<std::string>;

}  // namespace

CO_TEST(trace_store, a_trace_has_the_spans_of_all_processes_in_their_order) {
    traces_under_test logging;
    auto late = logging.span("t1", "b", "a", 4ms, 30ms);
    late.module = "email";
    late.has_failed = true;
    late.failure = "no";
    co_await logging.record({late}, "there:2");
    co_await logging.record({logging.span("t1", "a"), logging.span("t2", "x")});

    const auto trace = (co_await logging.request(get_trace{"t1"})).value();

    EXPECT_EQ(trace.name, "GET /a") << "that of the span without a parent, whichever came first";
    EXPECT_EQ(trace.started_at, logging.world.clock.now());
    EXPECT_EQ(trace.duration_ms, 34);
    EXPECT_EQ(trace.span_count, 2);
    CO_ASSERT_TRUE(trace.spans.size() == 2u);
    EXPECT_EQ(trace.spans[0].span_id, "a");
    EXPECT_EQ(trace.spans[0].parent_span_id, std::nullopt);
    EXPECT_EQ(trace.spans[0].status, "ok");
    EXPECT_EQ(trace.spans[0].process, "here:1");
    EXPECT_EQ(trace.spans[0].attributes["http.route"], "/");
    EXPECT_EQ(trace.spans[1].parent_span_id, "a");
    EXPECT_EQ(trace.spans[1].offset_ms, 4);
    EXPECT_EQ(trace.spans[1].duration_ms, 30);
    EXPECT_EQ(trace.spans[1].status, "error");
    EXPECT_EQ(trace.spans[1].error, "no");
    EXPECT_EQ(trace.spans[1].process, "there:2");
}

CO_TEST(trace_store, a_span_that_comes_twice_is_there_once) {
    traces_under_test logging;
    co_await logging.record({logging.span("t1", "a")});
    co_await logging.record({logging.span("t1", "a")});

    EXPECT_EQ((co_await logging.request(get_trace{"t1"})).value().span_count, 1);
    EXPECT_EQ(logging.count("spans"), 1);
}

CO_TEST(trace_store, a_trace_of_which_nothing_is_kept_is_not_found) {
    traces_under_test logging;

    const auto nothing = co_await logging.request(get_trace{"t1"});

    CO_ASSERT_TRUE(!nothing.has_value());
    EXPECT_EQ(nothing.error().kind, core::error_kind::not_found);
}

CO_TEST(trace_store, finds_traces_by_time_module_duration_and_failure_newest_first) {
    traces_under_test logging;
    auto failed = logging.span("failed", "a", "", 1s);
    failed.has_failed = true;
    auto other = logging.span("other", "a", "", 2s);
    other.module = "email";
    const auto began = logging.world.clock.now();
    co_await logging.record({logging.span("first", "a"), failed, other, logging.span("slow", "a", "", 3s, 5s)});

    EXPECT_EQ(co_await logging.found({}), (ids{"slow", "other", "failed", "first"}));
    EXPECT_EQ(co_await logging.found({.since = began + 2s}), (ids{"slow", "other"}));
    EXPECT_EQ(co_await logging.found({.before = began + 1s}), (ids{"first"}));
    EXPECT_EQ(co_await logging.found({.module = "email"}), (ids{"other"}));
    EXPECT_EQ(co_await logging.found({.module = "mail"}), ids{}) << "a part of a name is none";
    EXPECT_EQ(co_await logging.found({.min_duration = 1000}), (ids{"slow"}));
    EXPECT_EQ(co_await logging.found({.has_failed = true}), (ids{"failed"}));
    EXPECT_EQ(co_await logging.found({.page = 2, .size = 3}), (ids{"first"}));
    const auto page = (co_await logging.request(search_traces{.size = 1})).value();
    EXPECT_EQ(page.total_count, 4);
    EXPECT_TRUE(page.has_more);
    EXPECT_EQ(page.items[0].modules, ids{"web"});
}

CO_TEST(trace_store, refuses_pages_that_cannot_be) {
    traces_under_test logging;
    for (const auto& wrong :
         {search_traces{.page = 0}, search_traces{.size = 101}, search_traces{.min_duration = -1}}) {
        const auto answer = co_await logging.request(wrong);
        CO_ASSERT_TRUE(!answer.has_value());
        EXPECT_EQ(answer.error().kind, core::error_kind::invalid);
    }
}

CO_TEST(trace_store, old_traces_go_with_all_their_spans) {
    traces_under_test logging{{.trace_retention = 24h}};
    co_await logging.record({logging.span("old", "a"), logging.span("old", "b", "a", 1h)});
    co_await logging.advance(23h);
    co_await logging.record({logging.span("new", "a")});

    co_await logging.advance(2h);

    EXPECT_EQ(co_await logging.found({}), (ids{"new"}));
    EXPECT_EQ(logging.count("spans"), 1);
}

CO_TEST(trace_store, the_oldest_go_when_there_are_too_many) {
    traces_under_test logging{{.most_spans = 3}};
    co_await logging.record({logging.span("t1", "a"), logging.span("t1", "b", "a"), logging.span("t2", "a", "", 1s),
                             logging.span("t3", "a", "", 2s)});

    co_await logging.advance(2min);

    EXPECT_EQ(co_await logging.found({}), (ids{"t3", "t2"}));
    EXPECT_EQ(logging.count("spans"), 2);
}

CO_TEST(trace_store, what_has_come_when_the_process_ends_is_stored) {
    traces_under_test logging;
    logging.emit(spans_recorded{"here:1", {logging.span("t1", "a")}});

    co_await logging.reopen();

    EXPECT_EQ(co_await logging.found({}), (ids{"t1"}));
}

}  // namespace logging::test
