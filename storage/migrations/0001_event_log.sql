-- What every module's file holds besides the module's own tables.

-- The log of this module: a row for each event it published, in commit order. Sequences are dense.
CREATE TABLE event_log (
    sequence    INTEGER PRIMARY KEY,
    epoch       INTEGER NOT NULL,
    id          TEXT NOT NULL,
    type        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    key         TEXT NOT NULL,
    time        INTEGER NOT NULL,             -- milliseconds since 1970
    traceparent TEXT NOT NULL,
    cause       TEXT NOT NULL,                -- id of the event that was being handled; empty at the edge
    data        TEXT NOT NULL                 -- JSON
) STRICT;

-- Copies of the logs of modules that run in other processes.
CREATE TABLE replica_log (
    log         TEXT NOT NULL,
    sequence    INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    id          TEXT NOT NULL,
    type        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    key         TEXT NOT NULL,
    time        INTEGER NOT NULL,
    traceparent TEXT NOT NULL,
    cause       TEXT NOT NULL,
    data        TEXT NOT NULL,
    PRIMARY KEY (log, sequence)
) STRICT, WITHOUT ROWID;

-- An epoch begins where rows of the one before may have been lost: a position is valid only inside its epoch.
CREATE TABLE log_epochs (
    log            TEXT NOT NULL,
    epoch          INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    began_at       INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    PRIMARY KEY (log, epoch)
) STRICT, WITHOUT ROWID;

-- Every event of the log up to and with `sequence` is done by the handler.
CREATE TABLE positions (
    handler  TEXT NOT NULL,
    log      TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (handler, log)
) STRICT, WITHOUT ROWID;

-- Done before one that comes earlier. `previous` is the last event before it that concerns the handler.
CREATE TABLE done_ahead (
    handler  TEXT NOT NULL,
    log      TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    PRIMARY KEY (handler, log, sequence)
) STRICT, WITHOUT ROWID;

-- Events that failed, and those of the same key that wait behind them.
CREATE TABLE parked (
    id              INTEGER PRIMARY KEY,      -- the order within a key
    handler         TEXT NOT NULL,
    log             TEXT NOT NULL,
    epoch           INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    event_id        TEXT NOT NULL,
    type            TEXT NOT NULL,
    version         INTEGER NOT NULL,
    key             TEXT NOT NULL,
    time            INTEGER NOT NULL,
    traceparent     TEXT NOT NULL,
    cause           TEXT NOT NULL,
    data            TEXT NOT NULL,            -- as it came, also when it cannot be read
    original_data   TEXT,                     -- before a person edited it
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'retrying', 'dead')),
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    first_failed_at INTEGER,
    last_failed_at  INTEGER,
    errors          TEXT NOT NULL,            -- JSON array of {time, type, text}
    UNIQUE (handler, log, epoch, sequence)
) STRICT;
CREATE INDEX parked_by_key ON parked (handler, key, id) WHERE state <> 'dead';

CREATE TABLE log_state (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    closed_clean  INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL            -- as of the last clean close; retention may have removed the rows before it
) STRICT;
INSERT INTO log_state VALUES (1, 1, 1);
