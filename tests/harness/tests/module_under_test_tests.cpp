#include <array>
#include <harness/module_under_test.hpp>
#include <stdexcept>

using namespace std::chrono_literals;

// A module "office" that writes down what "shop" sells, and asks "bank" for a receipt.
namespace harness::test {
namespace {

struct sold {
    static constexpr auto message = bus::event("shop.sold", 1);
    std::string customer;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return customer; }
};
BOOST_DESCRIBE_STRUCT(sold, (), (customer, number))

struct written_down {
    static constexpr auto message = bus::event("office.written_down", 1);
    std::string customer;
    [[nodiscard]] const std::string& key() const { return customer; }
};
BOOST_DESCRIBE_STRUCT(written_down, (), (customer))

struct get_receipt {
    static constexpr auto message = bus::request<bus::done>("bank.receipt", 1);
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(get_receipt, (), (number))

struct write_down {
    static constexpr auto message = bus::request<bus::done>("office.write_down", 1);
    std::string customer;
};
BOOST_DESCRIBE_STRUCT(write_down, (), (customer))

constexpr std::array<core::embedded_file, 1> schema{{
    {"0001_sales.sql", "CREATE TABLE sales (id INTEGER PRIMARY KEY, customer TEXT NOT NULL) STRICT;"},
}};

void insert(storage::transaction& transaction, const std::string& customer) {
    transaction.execute("INSERT INTO sales (customer) VALUES (?1)", customer);
    bus::publish(transaction, written_down{customer});
}

class office {
public:
    explicit office(const bus::module_context& context) : context_{context} {
        context_.bus.on("book").event<sold>(std::bind_front(&office::on_sold, this));
        context_.bus.answer<write_down>(std::bind_front(&office::answer, this));
    }

private:
    core::awaitable<void> on_sold(const sold& event, bus::delivery& delivery) {
        const auto receipt =
            co_await context_.bus.request(get_receipt{event.number}, bus::call{.from = delivery.from()});
        if (!receipt && receipt.error().kind == core::error_kind::no_handler) throw bus::not_now{"no bank"};
        if (!receipt) throw std::runtime_error{receipt.error().detail};
        co_await delivery.commit([&event](storage::transaction& transaction) { insert(transaction, event.customer); });
    }

    core::awaitable<core::result<bus::done>> answer(write_down input, bus::call call) {
        co_await context_.database.write(
            call.from, [&input](storage::transaction& transaction) { insert(transaction, input.customer); });
        context_.log.info("written down", {{"customer", input.customer}}, call.from);
        co_return bus::done{};
    }

    bus::module_context context_;
};

// One that writes before the commit of its delivery: the mistake that repeated deliveries are there to find.
class careless_office {
public:
    explicit careless_office(const bus::module_context& context) : context_{context} {
        context_.bus.on("book").event<sold>(std::bind_front(&careless_office::on_sold, this));
    }

private:
    core::awaitable<void> on_sold(const sold& event, bus::delivery& delivery) {
        co_await context_.database.write(
            delivery.from(), [&event](storage::transaction& transaction) { insert(transaction, event.customer); });
        co_await delivery.commit([](storage::transaction&) {});
    }

    bus::module_context context_;
};

template <class Module>
module_plan plan_of() {
    return {.name = "office", .migrations = schema, .start = [](const bus::module_context& context) {
                return running_module{.module = std::make_shared<Module>(context)};
            }};
}

class office_under_test : public module_under_test {
public:
    office_under_test() : module_under_test{plan_of<office>()} {}

    void bank_is_open() {
        answer<get_receipt>([](const get_receipt&) { return core::result<bus::done>{}; });
    }
};

}  // namespace

CO_TEST(module_under_test, its_handlers_follow_the_logs_of_stand_ins) {
    office_under_test office;
    office.bank_is_open();

    co_await office.publish_from("shop", sold{"ada", 1});
    co_await office.publish_from("shop", sold{"bob", 2});
    co_await office.finished();

    EXPECT_EQ(office.count("sales"), 2);
    EXPECT_EQ(office.published<written_down>().size(), 2U);
}

CO_TEST(module_under_test, an_event_that_comes_again_when_it_is_done_has_no_second_effect) {
    office_under_test office;
    office.bank_is_open();
    office.each_event = redelivery::when_done;

    co_await office.publish_from("shop", sold{"ada", 1});
    co_await office.finished();

    EXPECT_EQ(office.notes().deliveries.size(), 2U);
    EXPECT_EQ(office.count("sales"), 1);
}

CO_TEST(module_under_test, an_event_that_comes_again_after_a_crash_has_one_effect) {
    office_under_test office;
    office.bank_is_open();
    office.each_event = redelivery::after_a_crash;

    co_await office.publish_from("shop", sold{"ada", 1});
    co_await office.finished();

    EXPECT_EQ(office.notes().deliveries.size(), 2U);
    EXPECT_EQ(office.notes().requests.size(), 2U) << "the bank was asked by both";
    EXPECT_EQ(office.count("sales"), 1);
}

CO_TEST(module_under_test, an_effect_outside_of_the_commit_is_found) {
    for (const auto repetition : {redelivery::when_done, redelivery::after_a_crash}) {
        module_under_test office{plan_of<careless_office>()};
        office.each_event = repetition;

        co_await office.publish_from("shop", sold{"ada", 1});
        co_await office.finished();

        EXPECT_EQ(office.count("sales"), 2);
    }
}

CO_TEST(module_under_test, what_waits_for_the_clock_is_finished_until_it_moves) {
    office_under_test office;
    office.answer<get_receipt>(
        [](const get_receipt&) { return core::result<bus::done>{core::fail(core::error_kind::remote, "broken")}; });

    co_await office.publish_from("shop", sold{"ada", 1});
    co_await office.finished();
    EXPECT_EQ(office.notes().deliveries.size(), 1U);
    office.bank_is_open();
    co_await office.advance(2s);

    EXPECT_EQ(office.notes().deliveries.size(), 2U);
    EXPECT_EQ(office.count("sales"), 1);
}

CO_TEST(module_under_test, what_is_away_is_waited_for) {
    office_under_test office;

    co_await office.publish_from("shop", sold{"ada", 1});
    co_await office.finished();
    EXPECT_EQ(office.count("sales"), 0);
    office.bank_is_open();
    co_await office.advance(2min);

    EXPECT_EQ(office.count("sales"), 1);
}

CO_TEST(module_under_test, a_killed_process_leaves_what_was_committed) {
    office_under_test office;
    EXPECT_TRUE((co_await office.request(write_down{"ada"})).has_value());
    const auto before = office.database().epochs().size();

    co_await office.reopen(ending::killed);
    EXPECT_EQ(office.database().epochs().size(), before + 1) << "it was no clean end";
    EXPECT_EQ(office.count("sales"), 1);

    co_await office.reopen();
    EXPECT_EQ(office.database().epochs().size(), before + 1);
    EXPECT_EQ(office.count("sales"), 1);
}

CO_TEST(module_under_test, tells_who_caused_what) {
    office_under_test office;
    office.bank_is_open();

    co_await office.publish_from("shop", sold{"ada", 1});
    co_await office.finished();
    (void)co_await office.request(write_down{"bob"});

    EXPECT_EQ(office.describe(),
              "what happened in the test of office:\n"
              "request office.write_down: answered\n"
              "  office.written_down #2 {\"customer\":\"bob\"}\n"
              "  INFO office: written down customer=bob\n"
              "shop.sold #1 {\"customer\":\"ada\",\"number\":1}\n"
              "  handler book, attempt 1: done\n"
              "    asks bank.receipt: answered\n"
              "    office.written_down #1 {\"customer\":\"ada\"}\n");
}

CO_TEST(module_under_test, knows_the_modules_that_it_follows) {
    office_under_test office;
    bool is_refused = false;

    try {
        co_await office.publish_from("nobody", sold{});
    } catch (const std::logic_error&) {
        is_refused = true;
    }

    EXPECT_TRUE(is_refused);
}

}  // namespace harness::test
