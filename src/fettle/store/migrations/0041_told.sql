-- What was told of a target lately, and is not any more, is missed.

ALTER TABLE watched ADD COLUMN told jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN watched.told IS 'When each check judged something of the target last';
