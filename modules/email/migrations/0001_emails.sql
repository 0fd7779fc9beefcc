-- One row a mail. What is in it is what people see; the bytes for the server are in messages.
CREATE TABLE emails (
    sequence        INTEGER PRIMARY KEY,
    id              TEXT    NOT NULL UNIQUE,
    kind            TEXT    NOT NULL,                     -- the template it was made from; "message" for one given by a caller
    from_name       TEXT    NOT NULL,
    from_address    TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    text            TEXT,
    html            TEXT,
    secret          TEXT,                                 -- a token in text and HTML; masked and NULL once the mail is delivered
    message_id      TEXT    NOT NULL,                     -- the same at each attempt
    status          TEXT    NOT NULL CHECK (status IN ('queued', 'sending', 'sent', 'captured', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    created_at      INTEGER NOT NULL,                     -- milliseconds since 1970, as all times here
    next_attempt_at INTEGER,
    sent_at         INTEGER,
    traceparent     TEXT    NOT NULL
) STRICT;

CREATE INDEX emails_due ON emails (next_attempt_at, sequence) WHERE status = 'queued';
CREATE INDEX emails_by_status ON emails (status, sequence);

-- One row a receiver, since a server accepts or refuses each of them apart.
CREATE TABLE recipients (
    email    INTEGER NOT NULL REFERENCES emails (sequence) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    address  TEXT    NOT NULL,                            -- for the envelope
    key      TEXT    NOT NULL,                            -- for comparing
    name     TEXT    NOT NULL DEFAULT '',                 -- for the To header
    status   TEXT    NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'failed')),
    PRIMARY KEY (email, position),
    UNIQUE (email, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipients_by_key ON recipients (key, email);

-- The message in the form of RFC 5322, as it was or will be given to the server.
CREATE TABLE messages (
    email INTEGER PRIMARY KEY REFERENCES emails (sequence) ON DELETE CASCADE,
    raw   TEXT NOT NULL
) STRICT;
