-- What a person did with dead letters: kept, since a letter that was edited or dropped is nowhere else.
CREATE TABLE dead_letter_actions (
    id          INTEGER PRIMARY KEY,
    time        INTEGER NOT NULL,             -- milliseconds since 1970
    action      TEXT NOT NULL CHECK (action IN ('retried', 'edited', 'dropped')),
    handler     TEXT NOT NULL,
    log         TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    type        TEXT NOT NULL,
    data        TEXT NOT NULL,                -- as it was before
    edited_data TEXT,
    errors      TEXT NOT NULL
) STRICT;

-- Who reads this module's log, and how far everyone was when last heard of: rows before that may go. A handler whose
-- module does not run at present keeps its place.
CREATE TABLE log_followers (
    module   TEXT NOT NULL,
    handler  TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (module, handler)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_dead ON parked (handler, log, last_failed_at) WHERE state = 'dead';
