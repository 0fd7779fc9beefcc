CREATE TABLE products (
    id          TEXT PRIMARY KEY,            -- UUIDv7
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    price       TEXT NOT NULL,               -- decimal, as it was written
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,            -- milliseconds since 1970
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
