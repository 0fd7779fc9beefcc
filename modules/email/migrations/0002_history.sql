-- What came of each recipient, copies and attachments, and words to find a mail by.

ALTER TABLE emails ADD COLUMN reply_to TEXT;
ALTER TABLE emails ADD COLUMN queued_at INTEGER NOT NULL DEFAULT 0;  -- since when it waits: email.give_up_after counts from here
UPDATE emails SET queued_at = created_at;

ALTER TABLE recipients ADD COLUMN kind TEXT NOT NULL DEFAULT 'to' CHECK (kind IN ('to', 'cc', 'bcc'));
ALTER TABLE recipients ADD COLUMN reply TEXT;                        -- what the server said of this one last

-- The content is in the message alone.
CREATE TABLE attachments (
    email    INTEGER NOT NULL REFERENCES emails (sequence) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    type     TEXT    NOT NULL,
    size     INTEGER NOT NULL,                                       -- bytes
    PRIMARY KEY (email, position)
) STRICT, WITHOUT ROWID;

-- The secret of a mail is no word to find it by, and does not stay here after the mail was delivered.
CREATE VIRTUAL TABLE email_words USING fts5 (subject, addresses, body, tokenize = 'unicode61 remove_diacritics 2');
INSERT INTO email_words (rowid, subject, addresses, body)
SELECT sequence, subject,
       from_name || ' ' || from_address || ' ' ||
           (SELECT coalesce(group_concat(name || ' ' || address, ' '), '') FROM recipients WHERE email = sequence),
       replace(coalesce(text, html, ''), coalesce(secret, ''), '')
FROM emails;

CREATE TRIGGER emails_forgotten AFTER DELETE ON emails BEGIN
    DELETE FROM email_words WHERE rowid = old.sequence;
END;
