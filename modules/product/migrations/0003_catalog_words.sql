-- FTS5 writes out all pending words at each savepoint, and each event is handled in one. So what changes only leaves a note,
-- and the words are put in by batches.
CREATE TABLE catalog_unindexed (
    number      INTEGER PRIMARY KEY,         -- of the product
    name        TEXT,                        -- as they are in the index, to be taken out of it; NULL: it is not there
    description TEXT
) STRICT;

-- Two indexes, so that one can be made anew while the other is searched.
ALTER TABLE catalog_words RENAME TO catalog_words_a;
CREATE VIRTUAL TABLE catalog_words_b USING fts5 (
    name, description, content = 'catalog', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO catalog_words_b (catalog_words_b, rank) VALUES ('rank', 'bm25(10.0, 1.0)');

CREATE TABLE catalog_index (
    searched  TEXT NOT NULL CHECK (searched IN ('a', 'b')),
    filled_to INTEGER                        -- up to which number the other one is filled; NULL: it is empty
) STRICT;
INSERT INTO catalog_index (searched) VALUES ('a');

-- An id has the time in it.
DROP INDEX catalog_by_time;

DROP TRIGGER catalog_added;
CREATE TRIGGER catalog_added AFTER INSERT ON catalog BEGIN
    UPDATE catalog_size SET products = products + 1;
    INSERT INTO catalog_unindexed (number) VALUES (new.number) ON CONFLICT DO NOTHING;
END;

DROP TRIGGER catalog_removed;
CREATE TRIGGER catalog_removed AFTER DELETE ON catalog BEGIN
    UPDATE catalog_size SET products = products - 1;
    INSERT INTO catalog_unindexed (number, name, description) VALUES (old.number, old.name, old.description)
    ON CONFLICT DO NOTHING;
END;

DROP TRIGGER catalog_renamed;
CREATE TRIGGER catalog_renamed AFTER UPDATE OF name, description ON catalog
WHEN old.name IS NOT new.name OR old.description IS NOT new.description BEGIN
    INSERT INTO catalog_unindexed (number, name, description) VALUES (old.number, old.name, old.description)
    ON CONFLICT DO NOTHING;
END;
