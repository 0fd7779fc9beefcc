CREATE TABLE entries (
    id       INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,               -- milliseconds since 1970
    level    TEXT NOT NULL,
    module   TEXT NOT NULL,
    name     TEXT NOT NULL,
    data     TEXT NOT NULL,                  -- JSON
    trace_id TEXT NOT NULL                   -- empty when the entry belongs to no request
) STRICT;
CREATE INDEX entries_by_time ON entries (time, id);
CREATE INDEX entries_by_trace ON entries (trace_id, id) WHERE trace_id <> '';
