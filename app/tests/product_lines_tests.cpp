#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <core/exit.hpp>
#include <fstream>
#include <harness/world.hpp>

#include "import_chunks.hpp"
#include "product_lines.hpp"

namespace app {
namespace {

constexpr auto an_id = "01890a5d-ac96-774b-bcce-b302099a8057";

class product_lines_of : public testing::Test {
protected:
    std::vector<line_chunk> chunks_of(const std::string& content) {
        std::vector<line_chunk> all;
        std::ofstream{place_, std::ios::binary} << content;
        const int file = ::open(place_.c_str(), O_RDONLY | O_CLOEXEC);
        product_lines lines{file};
        while (auto chunk = lines.next()) all.push_back(std::move(*chunk));
        ::close(file);
        return all;
    }

    const harness::temporary_folder folder_;
    const std::filesystem::path place_ = folder_.path() / "products.jsonl";
};

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

TEST_F(product_lines_of, a_file_without_a_last_line_end_and_with_those_of_windows) {
    const auto chunks = chunks_of("\xef\xbb\xbf{}\r\n\r\n \n[]");

    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].text, "{}\n\n \n[]\n");
    EXPECT_EQ(chunks[0].products, 2U);
    EXPECT_EQ(chunks[0].end, 13U);
    EXPECT_TRUE(chunks[0].problems.empty());
}

TEST_F(product_lines_of, an_empty_file_are_none) { EXPECT_TRUE(chunks_of("").empty()); }

TEST_F(product_lines_of, many_lines_are_chunks_of_500) {
    const auto chunks = chunks_of(repeated("{}\n", 1001));

    ASSERT_EQ(chunks.size(), 3U);
    EXPECT_EQ(chunks[0].products, 500U);
    EXPECT_EQ(chunks[1].first_line, 501U);
    EXPECT_EQ(chunks[2].text, "{}\n");
    EXPECT_EQ(chunks[2].end, 3003U);
}

TEST_F(product_lines_of, long_lines_are_smaller_chunks) {
    const auto longest = std::string(product_lines::longest_line, ' ') + "\n";
    const auto chunks = chunks_of(repeated(longest, 5));

    ASSERT_EQ(chunks.size(), 3U);
    for (const auto& chunk : chunks) {
        EXPECT_LE(chunk.text.size(), product_lines::most_bytes + product_lines::longest_line);
        EXPECT_TRUE(chunk.problems.empty());
    }
}

TEST_F(product_lines_of, lines_that_no_server_could_read_are_named_and_left_empty) {
    const auto chunks = chunks_of("{}\n\xff\n" + std::string(product_lines::longest_line + 1, 'x') + "\n" +
                                  std::string(3 * product_lines::longest_line, 'x') + "\n{}\n");

    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].text, "{}\n\n\n\n{}\n");
    EXPECT_EQ(
        chunks[0].problems,
        (std::vector<line_problem>{{2, "is not UTF-8"}, {3, "is longer than 256 KiB"}, {4, "is longer than 256 KiB"}}));
}

TEST_F(product_lines_of, a_folder_cannot_be_read) {
    EXPECT_THROW((import_source{folder_.path().string()}), core::fatal_error);
    EXPECT_THROW((import_source{(folder_.path() / "missing").string()}), core::fatal_error);
}

TEST_F(product_lines_of, a_file_are_the_same_chunks_each_time_and_others_when_it_changes) {
    const auto read = [this](const std::string& content) {
        std::ofstream{place_, std::ios::binary} << content;
        const import_source source{place_.string()};
        import_chunks chunks{source};
        std::vector<line_digest> digests;
        while (const auto next = chunks.next()) digests.push_back(next->digest);
        return digests;
    };
    const auto first = read(repeated("{}\n", 600));
    const auto other = read(repeated("{}\n", 599) + "[]\n");

    EXPECT_EQ(first, read(repeated("{}\n", 600)));
    EXPECT_EQ(first[0], other[0]);
    EXPECT_NE(first[1], other[1]);
    EXPECT_NE(name_of(first), name_of(other));
    EXPECT_EQ(name_of(first).size(), 64U);
}

TEST(line_checker, takes_out_what_is_not_JSON_and_ids_that_were_there) {
    line_checker checker;
    const auto product = std::string{R"({"id":")"} + an_id + "\"}\n";
    line_chunk first{.first_line = 1, .text = "{}\n" + product + "{\n\n"};
    line_chunk second{.first_line = 501,
                      .text = R"({"id":"mine"})"
                              "\n" +
                              product + "{\"id\":\"mine\"}\n[7]\n"};

    checker.check(first);
    checker.check(second);

    EXPECT_EQ(first.text, "{}\n" + product + "\n\n");
    EXPECT_EQ(first.problems, (std::vector<line_problem>{{3, "is not JSON"}}));
    EXPECT_EQ(second.text, "{\"id\":\"mine\"}\n\n{\"id\":\"mine\"}\n[7]\n");
    EXPECT_EQ(second.problems, (std::vector<line_problem>{{502, "id is that of line 2 too"}}));
}

TEST(problem_in_file, counts_from_where_the_chunk_begins) {
    const line_chunk chunk{.first_line = 501};

    EXPECT_EQ(problem_in_file(chunk, "line 3: price", "is wrong"), (line_problem{503, "price is wrong"}));
    EXPECT_EQ(problem_in_file(chunk, "line 3", "is wrong"), (line_problem{503, "is wrong"}));
    EXPECT_EQ(problem_in_file(chunk, "body", "is wrong"), (line_problem{501, "body is wrong"}));
}

}  // namespace
}  // namespace app
