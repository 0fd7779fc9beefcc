#include <gtest/gtest-spi.h>

#include <fstream>
#include <harness/message_tests.hpp>

namespace harness::test {
namespace {

struct point {
    double x = 0;
    std::vector<std::optional<std::string>> names;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, names))

// The C++ name of the type and of its one field, then the wire's.
struct moved {
    static constexpr auto message = bus::event("plane.moved", 2);
    std::string figure;
    std::vector<point> way;
    [[nodiscard]] const std::string& key() const { return figure; }
};
BOOST_DESCRIBE_STRUCT(moved, (), (figure, way))

class part_folder {
public:
    explicit part_folder(const std::string& header, const std::string& format = "") {
        std::filesystem::create_directories(folder_.path() / "include" / "plane");
        std::filesystem::create_directories(folder_.path() / "tests");
        std::ofstream{folder_.path() / "include" / "plane" / "messages.hpp"} << header;
        std::ofstream{folder_.path() / "tests" / "wire_format.json"} << format;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

private:
    temporary_folder folder_;
};

}  // namespace

TEST(samples, fill_every_field) {
    const auto full = make_sample<moved>(sample::usual);
    const auto empty = make_sample<moved>(sample::empty);

    EXPECT_EQ(full.figure, "the figure");
    ASSERT_EQ(full.way.size(), 1U);
    EXPECT_EQ(full.way[0].x, 1);
    EXPECT_EQ(full.way[0].names, std::vector<std::optional<std::string>>{"the names"});
    EXPECT_TRUE(empty.way.empty());
    EXPECT_EQ(make_sample<moved>(sample::largest).way.size(), 5U);
}

TEST(samples, of_the_same_kind_are_the_same_and_others_differ) {
    EXPECT_TRUE(is_same(make_sample<moved>(sample::utf8), make_sample<moved>(sample::utf8)));
    EXPECT_FALSE(is_same(make_sample<moved>(sample::utf8), make_sample<moved>(sample::usual)));
    EXPECT_FALSE(is_same(make_sample<moved>(sample::usual), make_sample<moved>(sample::empty)));
}

TEST(message_tests, numbers_that_json_has_not_are_refused) {
    expect_to_survive_the_wire<moved>();
    expect_bad_message_to_be_refused<moved>();
}

TEST(message_tests, a_changed_wire_format_is_found) {
    const auto format = nlohmann::ordered_json::array({wire_format_of<moved>()});
    const part_folder right{"", format.dump(4) + "\n"};
    expect_wire_format(right.path(), format);

    auto renamed = format;
    renamed[0]["message"]["shape"] = "the shape";
    static part_folder wrong{"", renamed.dump(4) + "\n"};
    EXPECT_NONFATAL_FAILURE(expect_wire_format(wrong.path(), nlohmann::ordered_json::array({wire_format_of<moved>()})),
                            "The wire format has changed");
}

TEST(message_tests, a_message_that_is_not_listed_is_found) {
    static const part_folder part{
        "static constexpr auto message = bus::event(\"plane.moved\", 2);\n"
        "static constexpr auto message = bus::request<std::vector<int>>(\"plane.get\", 1);\n"
        "static constexpr auto message = bus::signal(\"plane.shaken\",\n    3);\n"};

    EXPECT_EQ(declared_messages(part.path()),
              (std::vector<declared_message>{{"plane.moved", 2}, {"plane.get", 1}, {"plane.shaken", 3}}));
    ::testing::TestPartResultArray failures;
    {
        const ::testing::ScopedFakeTestPartResultReporter reporter{&failures};
        expect_a_complete_list(part.path(), message_list<moved>{});
    }
    EXPECT_EQ(failures.size(), 3) << "the length, plane.get and plane.shaken";
}

}  // namespace harness::test
