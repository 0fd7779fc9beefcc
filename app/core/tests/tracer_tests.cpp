#include <core/tracer.hpp>
#include <harness/co_test.hpp>

namespace {

using core::span_kind;
using core::trace_context;
using namespace std::chrono_literals;

struct tracer_test : testing::Test {
    core::span enter(trace_context& trace, bool begins_here = true) {
        return traces.enter("GET /", span_kind::server, "web", trace, begins_here);
    }

    core::manual_clock clock;
    core::tracer traces{clock, {.share = 1, .per_second = 3}, 10};
};

const std::string with_flags = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-";

}  // namespace

TEST(trace_context, keeps_whether_its_spans_are_kept) {
    for (const auto& [flags, is_sampled] : {std::pair{"01", true}, {"00", false}, {"03", true}, {"fe", false}}) {
        const auto trace = trace_context::parse(with_flags + flags).value();

        EXPECT_EQ(trace.sampled, is_sampled) << flags;
        EXPECT_EQ(trace.traceparent(), with_flags + (is_sampled ? "01" : "00"));
        EXPECT_EQ(trace.child().sampled, is_sampled);
    }
    EXPECT_FALSE(trace_context::start().sampled);
}

TEST_F(tracer_test, a_span_has_the_one_around_it_as_its_parent) {
    traces.start();
    auto trace = trace_context::start();
    {
        auto outer = enter(trace);
        auto deeper = trace;
        auto inner = traces.begin("commit", span_kind::internal, "shop", deeper);
        clock.advance(3ms);
        inner.add("rows", 2);
        inner.end();
        clock.advance(4ms);
    }

    const auto spans = traces.take(10);

    ASSERT_EQ(spans.size(), 2u);
    const auto& [inner, outer] = std::tie(spans[0], spans[1]);
    EXPECT_EQ(outer.name, "GET /");
    EXPECT_EQ(outer.parent_span_id, "") << "it began here";
    EXPECT_EQ(outer.duration, 7ms);
    EXPECT_EQ(outer.trace_id, trace.trace_id);
    EXPECT_EQ(outer.span_id, trace.span_id);
    EXPECT_EQ(inner.parent_span_id, outer.span_id);
    EXPECT_EQ(inner.duration, 3ms);
    EXPECT_EQ(inner.module, "shop");
    EXPECT_EQ(inner.attributes, (std::vector<core::log_field>{{"rows", 2}}));
    EXPECT_FALSE(inner.has_failed);
}

TEST_F(tracer_test, a_span_that_fails_says_why) {
    traces.start();
    auto trace = trace_context::start();

    enter(trace).fail("std::bad_alloc", "no room");

    const auto spans = traces.take(10);
    ASSERT_EQ(spans.size(), 1u);
    EXPECT_TRUE(spans[0].has_failed);
    EXPECT_EQ(spans[0].failure, "no room");
    EXPECT_EQ(spans[0].attributes, (std::vector<core::log_field>{{"error.type", "std::bad_alloc"}}));
}

TEST_F(tracer_test, long_texts_are_cut_off_between_characters) {
    traces.start();
    auto trace = trace_context::start();
    auto span = enter(trace);
    span.add("url.path", "/" + std::string(998, 'a') + "\u00e4" + std::string(20'000, 'b'));
    span.fail("x", std::string(2000, 'c'));
    span.end();

    const auto spans = traces.take(10);

    ASSERT_EQ(spans.size(), 1u);
    EXPECT_EQ(spans[0].attributes[0], (core::log_field{"url.path", "/" + std::string(998, 'a')}));
    EXPECT_EQ(spans[0].failure, std::string(1000, 'c'));
}

TEST_F(tracer_test, goes_on_with_the_trace_of_who_asked) {
    traces.start();
    auto trace = trace_context::parse(with_flags + "01").value();

    enter(trace, false).end();

    const auto spans = traces.take(10);
    ASSERT_EQ(spans.size(), 1u);
    EXPECT_EQ(spans[0].trace_id, "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(spans[0].parent_span_id, "b7ad6b7169203331");
    EXPECT_TRUE(trace.sampled);
}

TEST_F(tracer_test, what_the_asker_does_not_want_is_not_kept) {
    traces.start();
    auto trace = trace_context::parse(with_flags + "00").value();

    EXPECT_FALSE(enter(trace, false).is_recorded());

    EXPECT_EQ(trace.traceparent(), with_flags + "00") << "its ids go on";
    EXPECT_TRUE(traces.take(10).empty());
}

TEST_F(tracer_test, keeps_all_spans_of_a_trace_or_none) {
    traces.start();
    std::size_t kept = 0;
    for (int i = 0; i < 10; ++i) {
        auto trace = trace_context::start();
        const auto outer = enter(trace);
        auto deeper = trace;
        const auto inner = traces.begin("commit", span_kind::internal, "shop", deeper);
        EXPECT_EQ(outer.is_recorded(), inner.is_recorded());
        EXPECT_EQ(outer.is_recorded(), trace.sampled);
        kept += outer.is_recorded() ? 1 : 0;
    }

    EXPECT_EQ(kept, 3u) << "no more than are allowed a second";
    clock.advance(500ms);
    auto trace = trace_context::start();
    EXPECT_TRUE(enter(trace).is_recorded()) << "half a second later there is room for one";
    auto another = trace_context::start();
    EXPECT_FALSE(enter(another).is_recorded());
    EXPECT_EQ(another.traceparent().substr(53), "00");
}

TEST_F(tracer_test, those_who_want_their_traces_kept_do_not_get_more_than_there_is_room_for) {
    traces.start();
    std::size_t kept = 0;
    for (int i = 0; i < 10; ++i) {
        auto trace = trace_context::parse(with_flags + "01").value();
        kept += enter(trace, false).is_recorded() ? 1 : 0;
    }

    EXPECT_EQ(kept, 3u);
}

TEST_F(tracer_test, a_share_is_chosen_by_chance) {
    for (const auto& [share, least, most] : {std::tuple{0.0, 0, 0}, {1.0, 1000, 1000}, {0.5, 400, 600}}) {
        core::tracer some{clock, {.share = share, .per_second = 1000}, 2000};
        some.start();
        int kept = 0;
        for (int i = 0; i < 1000; ++i) {
            auto trace = trace_context::start();
            kept += some.enter("GET /", span_kind::server, "web", trace, true).is_recorded() ? 1 : 0;
        }

        EXPECT_GE(kept, least);
        EXPECT_LE(kept, most);
    }
}

TEST_F(tracer_test, a_trace_of_very_many_spans_loses_some) {
    traces.start();
    auto trace = trace_context::start();
    const auto outer = enter(trace);
    int kept = 0;
    for (int i = 0; i < 100; ++i) {
        auto deeper = trace;
        kept += traces.begin("commit", span_kind::internal, "shop", deeper).is_recorded() ? 1 : 0;
    }

    EXPECT_EQ(kept, 59) << "20 for each of 3 traces, but the first";
    EXPECT_EQ(traces.take(100).size(), 10u) << "no more than may wait";
    EXPECT_EQ(traces.dropped(), 41u + 49u);
    EXPECT_EQ(traces.recorded(), 59u);
}

TEST_F(tracer_test, keeps_nothing_before_somebody_takes_it) {
    auto trace = trace_context::parse(with_flags + "01").value();

    EXPECT_FALSE(enter(trace, false).is_recorded());
    EXPECT_FALSE(traces.begin("commit", span_kind::internal, "shop", trace).is_recorded());

    EXPECT_EQ(trace.traceparent(), with_flags + "01") << "others may";
}
