#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <storage/full_text.hpp>
#include <string>
#include <vector>

using storage::match_all_words;

namespace {

// A table with one text, searched as modules search theirs.
class indexed_text {
public:
    explicit indexed_text(const std::string& text) {
        ::sqlite3_open(":memory:", &database_);
        run("CREATE VIRTUAL TABLE words USING fts5 (body, tokenize = 'unicode61 remove_diacritics 2')", {});
        run("INSERT INTO words VALUES (?1)", text);
    }
    indexed_text(const indexed_text&) = delete;
    indexed_text& operator=(const indexed_text&) = delete;
    ~indexed_text() { ::sqlite3_close(database_); }

    // The number of rows; -1 for an error of SQLite.
    int found(const std::string& typed) {
        const auto expression = match_all_words(typed);
        return expression ? run("SELECT rowid FROM words WHERE words MATCH ?1", *expression) : 0;
    }

private:
    int run(const char* sql, const std::string& value) {
        sqlite3_stmt* statement = nullptr;
        if (::sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) return -1;
        ::sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
        int rows = 0;
        int result = ::sqlite3_step(statement);
        for (; result == SQLITE_ROW; result = ::sqlite3_step(statement)) ++rows;
        ::sqlite3_finalize(statement);
        return result == SQLITE_DONE ? rows : -1;
    }

    sqlite3* database_ = nullptr;
};

}  // namespace

TEST(full_text, wants_every_word_as_the_beginning_of_one) {
    indexed_text text{"The quick brown Fox of Zoë jumped"};

    for (const auto* typed : {"quick", "QUI", "bro  fo", "jum the", "zoe", "Zoë"})
        EXPECT_EQ(text.found(typed), 1) << typed;
    for (const auto* typed : {"quick cat", "uick", "foxes"}) EXPECT_EQ(text.found(typed), 0) << typed;
}

TEST(full_text, gives_no_character_a_meaning) {
    indexed_text text{"near and or not body OR NEAR(x)"};

    for (const auto* typed :
         {"OR", "AND", "NOT near", "NEAR(", "\"near\"", "near*", "near\"", "'near'", "body", "+near", "^near", "-near"})
        EXPECT_EQ(text.found(typed), 1) << typed;
    for (const auto* typed : {"body:near", "near{", "rowid:1", "near AND cat"})
        EXPECT_GE(text.found(typed), 0) << typed;
    for (const auto* typed : {"", "   ", "\"", "*", "()", "\"\"\"", "^", "-- ;"})
        EXPECT_EQ(text.found(typed), 0) << typed;
    EXPECT_EQ(text.found(std::string{"ne\0ar", 5}), 1);
    EXPECT_GE(text.found("\xff\xfe broken"), 0);
}

TEST(full_text, bounds_how_much_is_looked_for) {
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "near ";
    indexed_text text{"near"};

    EXPECT_EQ(text.found(many), 1);
    EXPECT_LT(match_all_words(many)->size(), 300U);
}
