-- How often the file was opened to be written. The same number is noted beside the file (<name>.generation): when the
-- note is ahead, the file was put back from a copy or has lost its -wal.
ALTER TABLE log_state ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
