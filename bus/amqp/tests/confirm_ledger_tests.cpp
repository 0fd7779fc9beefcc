#include <gtest/gtest.h>

#include <utility>

#include "confirm_ledger.hpp"

namespace {

using bus::amqp::confirm_ledger;
using bus::amqp::confirmation;
using outcome = enum confirmation::outcome;
using answers = std::vector<std::pair<std::uint64_t, outcome>>;

struct ledger_under_test {
    confirm_ledger ledger;

    ledger_under_test(std::initializer_list<std::uint64_t> ids) {
        for (const auto id : ids) tags.push_back(ledger.publish(id));
    }
    answers settle(std::uint64_t tag, bool is_multiple, bool is_taken) {
        std::vector<confirmation> confirmations;
        ledger.settle(tag, is_multiple, is_taken, confirmations);
        answers told;
        for (const auto& each : confirmations) told.emplace_back(each.id, each.outcome);
        return told;
    }
    std::vector<std::uint64_t> tags;
};

}  // namespace

TEST(confirm_ledger, counts_messages_from_1_as_the_broker_does) {
    const ledger_under_test test{70, 71, 72};

    EXPECT_EQ(test.tags, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(test.ledger.open(), 3u);
}

TEST(confirm_ledger, settles_single_messages_in_any_order) {
    ledger_under_test test{70, 71, 72};

    EXPECT_EQ(test.settle(2, false, true), (answers{{71, outcome::taken}}));
    EXPECT_EQ(test.settle(3, false, false), (answers{{72, outcome::refused}}));
    EXPECT_EQ(test.settle(1, false, true), (answers{{70, outcome::taken}}));
    EXPECT_EQ(test.ledger.open(), 0u);
    EXPECT_EQ(test.ledger.publish(73), 4u);
}

TEST(confirm_ledger, settles_all_up_to_a_tag_but_none_twice) {
    ledger_under_test test{70, 71, 72, 73};
    (void)test.settle(2, false, true);

    EXPECT_EQ(test.settle(3, true, false), (answers{{70, outcome::refused}, {72, outcome::refused}}));
    EXPECT_EQ(test.ledger.open(), 1u);
}

TEST(confirm_ledger, takes_a_multiple_of_tag_0_for_all_there_are) {
    ledger_under_test test{70, 71};

    EXPECT_EQ(test.settle(0, true, true), (answers{{70, outcome::taken}, {71, outcome::taken}}));
    EXPECT_EQ(test.settle(0, true, true), answers{});
    EXPECT_EQ(test.ledger.publish(72), 3u);
}

TEST(confirm_ledger, tells_of_a_returned_message_that_it_was_unroutable) {
    ledger_under_test test{70, 71, 72};
    test.ledger.return_unroutable(2);

    EXPECT_EQ(test.settle(3, true, true),
              (answers{{70, outcome::taken}, {71, outcome::unroutable}, {72, outcome::taken}}));
}

TEST(confirm_ledger, ignores_tags_that_are_not_open) {
    ledger_under_test test{70};
    (void)test.settle(1, false, true);

    test.ledger.return_unroutable(1);
    test.ledger.return_unroutable(9);

    EXPECT_EQ(test.settle(1, false, true), answers{});
    EXPECT_EQ(test.settle(9, false, true), answers{});
    EXPECT_EQ(test.settle(9, true, true), answers{});
    EXPECT_EQ(test.ledger.publish(71), 2u);
}
