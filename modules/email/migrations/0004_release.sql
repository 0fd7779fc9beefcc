-- A captured mail that somebody had sent after all: its server is another one than that of mails that were not kept.
ALTER TABLE recipients ADD COLUMN is_released INTEGER NOT NULL DEFAULT 0;
