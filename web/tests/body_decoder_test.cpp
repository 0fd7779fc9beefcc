#include "body_decoder.hpp"

#include <gtest/gtest.h>

namespace web {
namespace {

constexpr std::size_t limit = 100;

// Of a message in chunks. The status of a refusal; 0: it is whole; 1: it is not yet.
int status_of(std::string_view bytes) {
    body_decoder body{framing{.chunked = true}, limit};
    const auto taken = body.put(bytes);
    if (!taken) return taken.error().status;
    return body.is_done() ? 0 : 1;
}

TEST(body_decoder, leaves_what_comes_after_the_body) {
    body_decoder chunks{framing{.chunked = true}, limit};
    body_decoder counted{framing{.content_length = 5}, limit};

    EXPECT_EQ(chunks.put("A;x=\"y\"\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET /"), 32U);
    EXPECT_EQ(chunks.take(), "0123456789");
    EXPECT_EQ(counted.put("helloGET /"), 5U);
    EXPECT_EQ(counted.take(), "hello");
}

TEST(body_decoder, takes_a_body_of_the_limit_and_not_a_byte_more) {
    const std::string most(limit, 'a');

    EXPECT_EQ(status_of("64\r\n" + most + "\r\n0\r\n\r\n"), 0);
    EXPECT_EQ(status_of("65\r\n" + most + "a"), 413);
    EXPECT_EQ(status_of("64\r\n" + most + "\r\n1\r\na"), 413);
    EXPECT_EQ(status_of("ffffffffffffffff\r\na"), 413);
    EXPECT_EQ(body_decoder(framing{.content_length = limit + 1}, limit).put("a").error().status, 413);
}

// S49: what another reader of the same bytes might read in another way.
TEST(body_decoder, refuses_what_is_not_framed_by_the_letter) {
    for (const std::string bytes : {"\r\n",
                                    ";a\r\n",
                                    "5 \r\n",
                                    " 5\r\n",
                                    "5\t;a\r\n",
                                    "5\n",
                                    "+5\r\n",
                                    "0x5\r\n",
                                    "g\r\n",
                                    "10000000000000000\r\n",
                                    "00000000000000001\r\n",
                                    "1\r\nab",
                                    "1\r\na\n",
                                    "1\r\na\r\r",
                                    "1;\n",
                                    "1;a\x01",
                                    "1\rx",
                                    "0\r\n \r\n",
                                    "0\r\n: x\r\n",
                                    "0\r\nX y\r\n",
                                    "0\r\nX : y\r\n",
                                    "0\r\nX: y\n",
                                    "0\r\nX: y\rz",
                                    "0\r\nX: \x7f",
                                    "0\r\nX: y\r\n z\r\n\r\n",
                                    "0\r\nETag: b\r\n \r\n\r\n",
                                    "0\r\n\n",
                                    "0\r\n\r\r"})
        EXPECT_EQ(status_of(bytes), 400) << bytes;
}

TEST(body_decoder, passes_over_no_more_extensions_and_trailers_than_anybody_needs) {
    const std::string much(8 * 1024, 'x');

    EXPECT_EQ(status_of("1;" + much + "x\r\n"), 400);
    EXPECT_EQ(status_of("0\r\nX: " + much), 400);
    EXPECT_EQ(status_of("1;x\r\na\r\n0;y\r\nX: y\r\nZ:\r\n\r\n"), 0);
}

TEST(body_decoder, does_not_mind_how_the_bytes_are_cut) {
    const std::string bytes = "5;a\r\nhello\r\n00\r\nX: y\r\n\r\n";
    body_decoder body{framing{.chunked = true}, limit};

    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_FALSE(body.is_done()) << i;
        EXPECT_EQ(body.put(bytes.substr(i, 1)), 1U);
    }

    EXPECT_TRUE(body.is_done());
    EXPECT_EQ(body.put("x"), 0U);
    EXPECT_EQ(body.take(), "hello");
}

}  // namespace
}  // namespace web
