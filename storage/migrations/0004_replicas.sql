-- How far the copy of each other module's log goes, without a gap. The newest rows of it may have been removed, so the
-- rows alone do not tell. What programs without a log of their own sent is a log too, by the name of "outside".
CREATE TABLE replicas (
    log  TEXT PRIMARY KEY,
    held INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A foreign program's message that comes twice is known by its id.
CREATE INDEX replica_outside ON replica_log (id) WHERE log = 'outside';
