-- Most changes are new products. They leave no note and are not counted one by one: they are those that come after the index.
ALTER TABLE catalog_index ADD COLUMN indexed_to INTEGER NOT NULL DEFAULT 0;  -- products after this number are in no index yet
ALTER TABLE catalog_index ADD COLUMN products   INTEGER NOT NULL DEFAULT 0;  -- how many there are up to it
UPDATE catalog_index SET indexed_to = (SELECT coalesce(max(number), 0) FROM catalog), products = (SELECT products FROM catalog_size);

DROP TRIGGER catalog_added;

DROP TRIGGER catalog_removed;
CREATE TRIGGER catalog_removed AFTER DELETE ON catalog BEGIN
    INSERT INTO catalog_unindexed (number, name, description) SELECT old.number, old.name, old.description
    WHERE old.number <= (SELECT indexed_to FROM catalog_index) ON CONFLICT DO NOTHING;
    -- The number of the last product is given again when that is gone.
    UPDATE catalog_index SET products = products - (old.number <= indexed_to),
        indexed_to = min(indexed_to, (SELECT coalesce(max(number), 0) FROM catalog));
END;

DROP TRIGGER catalog_renamed;
CREATE TRIGGER catalog_renamed AFTER UPDATE OF name, description ON catalog
WHEN (old.name IS NOT new.name OR old.description IS NOT new.description)
    AND old.number <= (SELECT indexed_to FROM catalog_index) BEGIN
    INSERT INTO catalog_unindexed (number, name, description) VALUES (old.number, old.name, old.description)
    ON CONFLICT DO NOTHING;
END;

DROP TABLE catalog_size;
CREATE VIEW catalog_size AS
SELECT products + (SELECT count(*) FROM catalog WHERE number > indexed_to) AS products FROM catalog_index;
