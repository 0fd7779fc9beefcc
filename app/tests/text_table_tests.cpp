#include <gtest/gtest.h>

#include "text_table.hpp"

namespace app {
namespace {

TEST(text_table, aligns_its_columns) {
    text_table table{{"ID", "NAME", "END"}};
    table.add({"1", "Grüße", "x"});
    table.add({"100", "a", ""});

    EXPECT_EQ(table.text(),
              "ID   NAME   END\n"
              "1    Grüße  x\n"
              "100  a\n");
}

TEST(text_table, keeps_what_is_printed_later_in_line) {
    text_table table{{"ID", "NAME"}};
    table.add({"1", "a"});

    EXPECT_EQ(table.text({5}), "ID     NAME\n1      a\n");
    EXPECT_EQ(text_table::line({"12", "b"}, {5, 0}), "12     b\n");
}

TEST(printable, lets_no_control_character_through) {
    EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a\\x1b[31mb\\x0ac\\x7f");
    EXPECT_EQ(printable("\u009b1m"), "\\xc2\\x9b1m");
    EXPECT_EQ(printable("abc\u202edef\u2066"), "abc\\xe2\\x80\\xaedef\\xe2\\x81\\xa6");
    EXPECT_EQ(printable("Zoë – 東京 “x”"), "Zoë – 東京 “x”");
}

}  // namespace
}  // namespace app
