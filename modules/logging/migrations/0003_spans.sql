CREATE TABLE spans (
    trace_id       TEXT NOT NULL,
    span_id        TEXT NOT NULL,
    parent_span_id TEXT NOT NULL,                  -- empty: none
    name           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    module         TEXT NOT NULL,
    process        TEXT NOT NULL,
    started_at     INTEGER NOT NULL,               -- microseconds since 1970
    duration       INTEGER NOT NULL,               -- microseconds
    has_failed     INTEGER NOT NULL,
    failure        TEXT NOT NULL,
    attributes     TEXT NOT NULL,                  -- JSON
    PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;

-- What the spans of each trace come to.
CREATE TABLE traces (
    trace_id   TEXT PRIMARY KEY,
    name       TEXT NOT NULL,                      -- of the span without a parent, else of the earliest
    has_root   INTEGER NOT NULL,                   -- the name is that of the span without a parent
    started_at INTEGER NOT NULL,                   -- microseconds since 1970, as the next
    ended_at   INTEGER NOT NULL,
    spans      INTEGER NOT NULL,
    errors     INTEGER NOT NULL,
    modules    TEXT NOT NULL                       -- ,email,web, in the order in which they came
) STRICT, WITHOUT ROWID;
CREATE INDEX traces_by_time ON traces (started_at, trace_id);
