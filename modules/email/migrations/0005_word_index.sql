-- For a mail alone FTS5 writes more pages than for one of many. So words are put in after the commit that queues the mail, with those
-- of others, in the order in which mails came.
CREATE TABLE email_index (
    filled_to INTEGER NOT NULL               -- mails after this one cannot be found by their words yet
) STRICT;
INSERT INTO email_index (filled_to) SELECT coalesce(max(sequence), 0) FROM emails;

-- The number of the last mail is given again when that is gone.
DROP TRIGGER emails_forgotten;
CREATE TRIGGER emails_forgotten AFTER DELETE ON emails BEGIN
    DELETE FROM email_words WHERE rowid = old.sequence;
    UPDATE email_index SET filled_to = min(filled_to, (SELECT coalesce(max(sequence), 0) FROM emails));
END;
