ALTER TABLE emails ADD COLUMN list_unsubscribe TEXT;  -- where a reader leaves the list that the mail was sent to
