-- An id holds the time: milliseconds since 1970 * 1024, and a number within the millisecond; with more than 1,024 entries in one
-- they go on into the next. So the order of ids is the order of time and then of arrival, and a time is a range of ids.
CREATE TABLE entries_by_id (
    id       INTEGER PRIMARY KEY,
    level    TEXT NOT NULL,
    module   TEXT NOT NULL,
    name     TEXT NOT NULL,
    data     TEXT NOT NULL,                  -- JSON
    trace_id TEXT NOT NULL                   -- empty when the entry belongs to no request
) STRICT;

-- Each has the greatest of what its own time and those before it want, so that none meets another.
INSERT INTO entries_by_id
SELECT place + max(wanted - place) OVER (ORDER BY place), level, module, name, data, trace_id
FROM (SELECT max(time, 0) * 1024 AS wanted, row_number() OVER (ORDER BY time, id) AS place, * FROM entries);

DROP TABLE entries;
ALTER TABLE entries_by_id RENAME TO entries;

-- To count a million rows takes longer than to find ten.
CREATE TABLE entry_counts (
    hour    INTEGER NOT NULL,                -- since 1970
    module  TEXT NOT NULL,
    level   TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (hour, module, level)
) STRICT, WITHOUT ROWID;
INSERT INTO entry_counts SELECT (id >> 10) / 3600000, module, level, count(*) FROM entries GROUP BY 1, 2, 3;

-- The words of entries, in parts by id: the oldest part is emptied as a whole, which costs nothing, where FTS5 would have to be
-- told the words of each entry that it is to forget. Of the text itself nothing is kept here.
CREATE TABLE word_parts (
    letter   TEXT PRIMARY KEY,               -- of the table
    first_id INTEGER NOT NULL UNIQUE,        -- it has the entries from here to the first of the next part
    bytes    INTEGER NOT NULL,               -- of the texts that were put in
    filled   INTEGER                         -- entries beyond this id still have to be put in; NULL: all are
) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE words_a USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_b USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_c USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_d USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_e USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_f USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_g USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE words_h USING fts5 (text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2');

-- What is there already gets its words after the start, while new entries go into the next part.
INSERT INTO word_parts SELECT 'a', 0, 0, CASE WHEN EXISTS (SELECT 1 FROM entries) THEN -1 END;
INSERT INTO word_parts SELECT 'b', max(id) + 1, 0, NULL FROM entries HAVING count(*) > 0;
