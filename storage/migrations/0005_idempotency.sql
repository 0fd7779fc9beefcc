-- What was answered to requests that their clients may send again, for a day.
CREATE TABLE idempotency_keys (
    key         TEXT PRIMARY KEY,        -- unique among all clients and requests
    fingerprint TEXT NOT NULL,           -- of what was asked, hex
    answer      TEXT NOT NULL,           -- JSON
    made_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (made_at);
