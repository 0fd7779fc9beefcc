ALTER TABLE products ADD COLUMN position INTEGER NOT NULL DEFAULT 0;  -- in the event log, of the event about this version

-- What readers are shown. Made of events alone, so that it may stand in another file; only those who come from a version
-- without it get it from the table that they have.
CREATE TABLE catalog (
    number      INTEGER PRIMARY KEY,         -- ascends as they are made; for the words, and among equals
    id          TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    price       TEXT    NOT NULL,            -- as it was written
    cents       INTEGER NOT NULL,            -- the same, to compare
    version     INTEGER NOT NULL,            -- an event with a lower one changes nothing
    created_at  INTEGER NOT NULL,            -- milliseconds since 1970
    updated_at  INTEGER NOT NULL
) STRICT;

INSERT INTO catalog (id, name, description, price, cents, version, created_at, updated_at)
SELECT id, name, description, price, CAST(round(CAST(price AS REAL) * 100) AS INTEGER), version, created_at, updated_at
FROM products ORDER BY id;

CREATE INDEX catalog_by_time ON catalog (created_at, number);
CREATE INDEX catalog_by_price ON catalog (cents, number);
CREATE INDEX catalog_by_name ON catalog (name COLLATE NOCASE, number);

-- What was deleted stays so when an older event about it comes again.
CREATE TABLE catalog_deleted (
    id         TEXT    PRIMARY KEY,
    version    INTEGER NOT NULL,
    deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX catalog_deleted_by_time ON catalog_deleted (deleted_at);

-- To count a million rows takes longer than to find ten.
CREATE TABLE catalog_size (products INTEGER NOT NULL) STRICT;
INSERT INTO catalog_size (products) SELECT count(*) FROM catalog;

-- A word in the name says ten times as much as one in the description.
CREATE VIRTUAL TABLE catalog_words USING fts5 (
    name, description, content = 'catalog', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO catalog_words (catalog_words, rank) VALUES ('rank', 'bm25(10.0, 1.0)');
INSERT INTO catalog_words (catalog_words) VALUES ('rebuild');

CREATE TRIGGER catalog_added AFTER INSERT ON catalog BEGIN
    UPDATE catalog_size SET products = products + 1;
    INSERT INTO catalog_words (rowid, name, description) VALUES (new.number, new.name, new.description);
END;

CREATE TRIGGER catalog_removed AFTER DELETE ON catalog BEGIN
    UPDATE catalog_size SET products = products - 1;
    INSERT INTO catalog_words (catalog_words, rowid, name, description)
    VALUES ('delete', old.number, old.name, old.description);
END;

CREATE TRIGGER catalog_renamed AFTER UPDATE OF name, description ON catalog
WHEN old.name IS NOT new.name OR old.description IS NOT new.description BEGIN
    INSERT INTO catalog_words (catalog_words, rowid, name, description)
    VALUES ('delete', old.number, old.name, old.description);
    INSERT INTO catalog_words (rowid, name, description) VALUES (new.number, new.name, new.description);
END;
