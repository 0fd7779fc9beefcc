CREATE TABLE users (
    id            TEXT PRIMARY KEY,          -- UUIDv7
    name          TEXT NOT NULL,
    email         TEXT NOT NULL,             -- as its owner wrote it
    email_key     TEXT NOT NULL UNIQUE,      -- what addresses are compared by: lower case, domain as A-labels
    password_hash TEXT NOT NULL,             -- PHC string
    created_at    INTEGER NOT NULL,          -- milliseconds since 1970
    confirmed_at  INTEGER
) STRICT;

-- One token of each purpose a user, the newest; the token itself is in the mail and nowhere else.
CREATE TABLE tokens (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL CHECK (purpose IN ('confirmation')),
    hash       TEXT NOT NULL UNIQUE,         -- SHA-256, hex
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
