-- What came of each recipient, copies and attachments, and words to find a mail by.

ALTER TABLE emails ADD COLUMN reply_to TEXT;
ALTER TABLE emails ADD COLUMN queued_at INTEGER NOT NULL DEFAULT 0;  -- since when it waits: email.give_up_after counts from here
UPDATE emails SET queued_at = created_at;

-- Each recipient has a place in the queue of its own: servers, and what they reply, differ.
CREATE TABLE queued_recipients (
    email           INTEGER NOT NULL REFERENCES emails (sequence) ON DELETE CASCADE,
    position        INTEGER NOT NULL,
    address         TEXT    NOT NULL,                     -- for the envelope
    key             TEXT    NOT NULL,                     -- for comparing
    name            TEXT    NOT NULL DEFAULT '',          -- for the To header
    kind            TEXT    NOT NULL DEFAULT 'to' CHECK (kind IN ('to', 'cc', 'bcc')),
    status          TEXT    NOT NULL DEFAULT 'pending' 
                    CHECK (status IN ('pending', 'sending', 'sent', 'captured', 'failed')),
    reply           TEXT,                                 -- what the server said of this one last
    server          TEXT    NOT NULL DEFAULT '',          -- that it goes to, by the settings of the last start; '': kept here
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,                              -- only while it is pending
    PRIMARY KEY (email, position),
    UNIQUE (email, key)
) STRICT, WITHOUT ROWID;
INSERT INTO queued_recipients (email, position, address, key, name, status, attempts, next_attempt_at)
SELECT email, position, address, key, name,
       CASE emails.status WHEN 'captured' THEN 'captured' ELSE recipients.status END, attempts,
       CASE WHEN recipients.status = 'pending' AND emails.status IN ('queued', 'sending')
            THEN coalesce(next_attempt_at, created_at) END
FROM recipients JOIN emails ON sequence = email;
DROP TABLE recipients;
ALTER TABLE queued_recipients RENAME TO recipients;

CREATE INDEX recipients_by_key ON recipients (key, email);
-- First attempts and repeats stand in two lines.
CREATE INDEX recipients_due ON recipients (server, (attempts > 0), next_attempt_at, email)
WHERE status = 'pending';
DROP INDEX emails_due;
CREATE INDEX emails_waiting ON emails (queued_at) WHERE status IN ('queued', 'sending');

-- The last conversations about a mail, for people to read: without content and credentials.
CREATE TABLE transcripts (
    email    INTEGER NOT NULL REFERENCES emails (sequence) ON DELETE CASCADE,
    server   TEXT    NOT NULL,
    attempt  INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    took_ms  INTEGER NOT NULL,
    text     TEXT    NOT NULL,
    PRIMARY KEY (email, server, attempt)
) STRICT, WITHOUT ROWID;

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
