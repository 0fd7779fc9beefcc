ALTER TABLE users ADD COLUMN disabled_at INTEGER;
ALTER TABLE users ADD COLUMN new_email TEXT;               -- waits to be confirmed
ALTER TABLE users ADD COLUMN new_email_key TEXT;

-- One token of each purpose a user, the newest; the token itself is in the mail and nowhere else.
CREATE TABLE tokens_by_purpose (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT NOT NULL CHECK (purpose IN ('confirmation', 'new_address', 'password_reset')),
    hash       TEXT NOT NULL UNIQUE,         -- SHA-256, hex
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
INSERT INTO tokens_by_purpose SELECT user_id, purpose, hash, expires_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE tokens_by_purpose RENAME TO tokens;

CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,           -- UUIDv7; what its owner calls it by
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash   TEXT NOT NULL UNIQUE,       -- SHA-256, hex; the token itself is with its owner and nowhere else
    client       TEXT NOT NULL,              -- as its owner knows it
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_use ON sessions (last_used_at);

-- Mails that strangers asked for lately, also in vain: so that each step is the same whether the address is known, and
-- nobody's inbox is flooded.
CREATE TABLE mail_requests (
    id       INTEGER PRIMARY KEY,
    key_hash TEXT NOT NULL,                  -- SHA-256 of the address: those of strangers are not kept
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_requests_by_key ON mail_requests (key_hash, at);
CREATE INDEX mail_requests_by_time ON mail_requests (at);
